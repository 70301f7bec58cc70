import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import fc from 'fast-check'

import type { BytePath } from '../../dist/model/glossary.js'
import type { PacketWriter } from '../../dist/model/packet.js'
import type { Candidate } from '../../dist/queue/candidates.js'
import { Recording } from '../support/recording.ts'
import { scaleOf } from '../support/scale.ts'
import { Mirror, statesOf } from './catalogue/mirror.ts'
import { ModelTree, type Operation } from './catalogue/model-tree.ts'
import { ModelWatch } from './catalogue/model-watch.ts'

const CASES = Number(process.env['CLSYNC_TEST_CASES'] ?? 10_000) / 10

type Other =
  | 'flush'
  | 'flush twice'
  | 'overflow'
  | 'tick'
  | 'crawl'
  | 'rest'
  | 'kill'
  | 'claim'
  | 'look'
  | 'blink'
  | 'succeed'
  | 'fail'
type Step = { readonly do: 'operate'; readonly operation: Operation } | { readonly do: Other }

const name = fc.constantFrom('a', 'b', 'c')
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), path }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('mkdir' as const), path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('chmod' as const), path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flip' as const), path }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('rename' as const), path, to: path }) },
)
const OTHERS: ReadonlyArray<Other> = [
  ...repeat(3, 'flush'),
  ...repeat(2, 'crawl'),
  ...repeat(2, 'succeed'),
  'flush twice',
  'tick',
  'claim',
  'look',
  'blink',
  'fail',
  'overflow',
  'rest',
  'kill',
]
const step: fc.Arbitrary<Step> = fc.oneof(
  operation.map((each): Step => ({ do: 'operate', operation: each })),
  fc.constantFrom(...OTHERS).map((each): Step => ({ do: each })),
)

function repeat(times: number, what: Other): Other[] {
  return Array.from({ length: times }, () => what)
}

/** A tree, its watcher, the real catalogue and queue, and a script that believes what it is told. */
class Stage {
  readonly tree = new ModelTree()
  readonly mirror = new Mirror()
  readonly recording: Recording
  readonly #watch = new ModelWatch(this.tree)
  #claimed: readonly Candidate[] = []
  #hasLooked = false
  /** Runs were acknowledged while hints from before that were on their way. */
  #isAhead = false
  #run = 0
  /** Of the debt that is being paid. */
  #generation = 0

  constructor(recording: Recording) {
    this.recording = recording
  }

  async begin(): Promise<void> {
    const { queue, reader } = this.recording
    reader.exec('DELETE FROM event; DELETE FROM reconcile')
    await queue.write(() => queue.startOver())
    queue.owed.forget()
    await this.#owe('')
    await this.settle()
  }

  async play(each: Step): Promise<void> {
    switch (each.do) {
      case 'operate':
        this.#watch.note()
        return this.tree.perform(each.operation)
      case 'tick':
        this.tree.now++
        return
      case 'overflow':
        return this.#watch.overflow()
      case 'flush':
      case 'flush twice':
        this.#isAhead = false
        return this.#record((writer) => this.#watch.flush(writer, each.do === 'flush twice'))
      case 'crawl':
        return this.#crawl()
      case 'rest':
        return this.#rest()
      case 'kill':
        return this.#kill()
      case 'claim':
        return this.#claim()
      case 'look':
        return this.#look()
      case 'blink':
        return this.#blink()
      case 'succeed':
        return this.#end('succeeds')
      case 'fail':
        return this.#end('fails')
    }
  }

  /** Until everything is told and done. */
  async settle(): Promise<void> {
    this.tree.now += 10
    await this.play({ do: 'flush' })
    while (this.recording.queue.owed.all().length > 0) await this.#crawl()
    await this.#end('succeeds')
    await this.#claim()
    await this.#end('succeeds')
  }

  /** One part of the comparison that is under way or owed. */
  async #crawl(): Promise<void> {
    const { recording } = this
    if (recording.reconcile === undefined) {
      const next = recording.queue.owed.all()[0]
      if (next === undefined) return
      await recording.queue.write(() => recording.queue.beginReconcile(next.path))
      recording.reconcile = next
      this.#generation = next.generation
      return this.#record((writer) => this.#watch.begin(next.path, writer))
    }
    let goesOn = true
    // As the reconciler does: a debt made again meanwhile may tell more.
    recording.reconcile = recording.queue.owed.find(recording.reconcile.path) ?? recording.reconcile
    await this.#record((writer) => {
      goesOn = this.#watch.step(writer)
    })
    if (!goesOn) await recording.finish(Infinity, this.#generation)
  }

  async #claim(): Promise<void> {
    if (this.#claimed.length > 0) return
    const { queue } = this.recording
    const from = { state: 'pending', sizeClass: 'ordinary', firstSeenUntil: Infinity } as const
    this.#run++
    await queue.write(() => {
      this.#claimed = queue.events.candidates(from, 1_000, 0)
      queue.events.claim(this.#claimed, this.#run)
    })
    this.#hasLooked = false
  }

  /** The script's moment, anywhere between claim and end; it takes more than a tick to get there. */
  #look(): void {
    if (this.#hasLooked) return
    this.#hasLooked = true
    this.tree.now++
    const paths = this.#claimed.map((candidate) => candidate.path)
    for (const told of paths.toSorted()) if (told !== '') this.mirror.sync(told, this.tree)
  }

  /** What the script was told is gone is there again for the moment in which it looks. */
  #blink(): void {
    const gone = this.#claimed.find((candidate) => !this.tree.nodes.has(candidate.path))
    if (gone === undefined || this.#hasLooked) return
    this.#watch.note()
    this.tree.perform({ do: 'write', path: gone.path })
    this.#look()
    this.tree.perform({ do: 'remove', path: gone.path })
  }

  async #end(how: 'succeeds' | 'fails'): Promise<void> {
    if (this.#claimed.length === 0) return
    this.#look()
    const { queue, clock } = this.recording
    await queue.write(() => {
      if (how === 'succeeds') queue.acknowledge(this.#run, clock.now())
      else queue.events.putBack(this.#run)
    })
    this.#isAhead ||= how === 'succeeds'
    this.#claimed = []
  }

  /** Time passes until nobody remembers what went long ago. */
  async #rest(): Promise<void> {
    const { queue, clock } = this.recording
    await this.play({ do: 'flush' })
    await clock.advance(120_000)
    await queue.tidy(clock.now())
  }

  /**
   * The daemon dies, and a new one takes over; hints that were on their way are lost, unless a run was
   * acknowledged before them: what came and went during that run nobody would know.
   */
  async #kill(): Promise<void> {
    if (this.#isAhead) await this.play({ do: 'flush' })
    this.#watch.stop()
    this.#claimed = []
    this.recording.reopen()
    const { queue, clock } = this.recording
    await queue.write(() => queue.events.recover(clock.now(), 1))
    await this.#owe('')
  }

  async #record(write: (writer: PacketWriter) => void): Promise<void> {
    await this.recording.record(write)
  }

  #owe(at: BytePath): Promise<unknown> {
    const { queue, clock } = this.recording
    return queue.write(() => queue.owe({ path: at, reason: 'start', now: clock.now() }, undefined))
  }
}

async function plays(t: TestContext, cases: number): Promise<void> {
  let recording = new Recording(t)
  const property = fc.asyncProperty(
    fc.array(operation, { maxLength: 10 }),
    fc.array(step, { maxLength: 60, size: 'max' }),
    async (before, steps) => {
      const stage = new Stage(recording)
      try {
        for (const each of before) stage.tree.perform(each)
        await stage.begin()
        for (const each of steps) await stage.play(each)
        await stage.settle()
        const states = statesOf(stage.tree)
        assert.deepEqual(stage.mirror.states, states, 'the mirror is like the tree')
        assert.deepEqual(recording.paths(), [...states.keys()].toSorted(), 'so is the catalogue')
        assert.deepEqual(recording.events(), {})
      } catch (error) {
        recording = new Recording(t)
        throw error
      }
    },
  )
  await fc.assert(property, {
    numRuns: cases,
    seed: scaleOf(process.env).seed,
    includeErrorInReport: true,
  })
}

test('whatever happens to a tree, a script that only looks at what it is told has it in the end', async (t) => {
  await plays(t, CASES)
})
