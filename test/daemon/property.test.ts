import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import fc from 'fast-check'

import { ctimeClockOf } from '../../dist/watch/ctime-clock.js'
import { openLibc } from '../../dist/watch/linux/libc.js'
import { memoryDirectory } from '../support/memory-directory.js'
import { scaleOf } from '../support/scale.ts'
import { stageFakeEngine } from './fake-engine.js'
import type { StageEngine } from './life.js'
import { Rehearsal } from './rehearsal.js'
import { stagedInotify } from './staged-inotify.js'
import { anyStory, type Step, type Story } from './stories.js'

const NOTHING_STRANGE = 'nothing is told that never changed'
/** Stories with a fake engine; those with inotify cost ten times as much. */
const CASES = Number(process.env['CLSYNC_TEST_CASES'] ?? 10_000)

async function perform(rehearsal: Rehearsal, step: Step): Promise<void> {
  switch (step.do) {
    case 'operate':
      return rehearsal.perform(step.operation)
    case 'kill':
      return rehearsal.kill()
    case 'take over':
      return rehearsal.reopen()
    case 'start':
      return rehearsal.start()
    case 'overflow':
      return rehearsal.overflow()
    case 'recover':
      return rehearsal.recover()
    case 'drain':
      return rehearsal.drain()
    case 'flush':
      return rehearsal.flush(1 + step.most)
    case 'crawl':
      return rehearsal.crawl(1 + step.most)
    case 'run':
      return rehearsal.run()
    case 'end':
      return rehearsal.end(step.outcome)
  }
}

/** Plays stories; one that went wrong leaves things undone, so that the next gets a new stage. */
class Theatre {
  readonly #directory: string
  readonly #engine: StageEngine
  /** Elsewhere what was looked at in the tick in which it changed is told again. */
  readonly isStrict: boolean
  #rehearsal: Rehearsal | undefined
  played = 0

  constructor(directory: string, engine: StageEngine) {
    this.#directory = directory
    this.#engine = engine
    this.isStrict = ctimeClockOf(directory) === 'exact'
  }

  async play({ before, steps }: Story): Promise<void> {
    this.played++
    this.#rehearsal ??= new Rehearsal(this.#directory, this.#engine)
    const rehearsal = this.#rehearsal
    try {
      await rehearsal.begin(before)
      for (const step of steps) await perform(rehearsal, step)
      await rehearsal.settle()
      this.#expectTold(rehearsal)
      await rehearsal.kill()
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#rehearsal?.close()
    this.#rehearsal = undefined
  }

  #expectTold({ mirror, world, catalogued }: Rehearsal): void {
    assert.deepEqual(mirror.states, world.mirrored(), 'the mirror is like the tree')
    assert.equal(catalogued, world.mirrored().size, 'the catalogue has what is there')
    if (!this.isStrict) return
    const strange = [...mirror.toldOf].filter((path) => !world.mayBeTold(path))
    assert.deepEqual(strange, [], NOTHING_STRANGE)
  }
}

async function playStories(t: TestContext, engine: StageEngine, count: number): Promise<void> {
  const theatre = new Theatre(memoryDirectory(t), engine)
  try {
    await fc.assert(
      fc.asyncProperty(anyStory, async (story) => theatre.play(story)),
      { numRuns: count, seed: scaleOf(process.env).seed },
    )
  } finally {
    await theatre.close()
  }
  t.diagnostic(`${theatre.played} stories`)
  if (!theatre.isStrict) t.diagnostic(`not asserted, as ctime ticks here: ${NOTHING_STRANGE}`)
}

test('Watched, overflowed or down: what scripts are told makes the mirror like the tree, and they are told no more (fake engine)', async (t) =>
  playStories(t, stageFakeEngine, CASES))

const skip = process.platform !== 'linux' && 'inotify is in Linux only'

test('The same with the real inotify engine', { skip }, async (t) =>
  playStories(t, stagedInotify(openLibc()), Math.ceil(CASES / 40)),
)
