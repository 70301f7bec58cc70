import { mkdtempSync } from 'node:fs'

import type { BytePath } from '../../dist/model/glossary.js'
import type { Candidate } from '../../dist/queue/candidates.js'
import { Queue } from '../../dist/queue/queue.js'
import { type ManualClock, manualClock } from '../support/manual-clock.js'
import { Life, type StageEngine } from './life.js'
import { Mirror } from './mirror.js'
import { type Operation, TreeWorld } from './tree-world.js'

/** A run in progress, and what its script found when it looked. */
interface Running {
  readonly id: number
  readonly events: readonly Candidate[]
  readonly seen: ReadonlyMap<BytePath, string | undefined>
}

/** Longer than whatever is put off. */
const LONG_MS = 24 * 3_600_000
const LATER_THAN_ANY_FILE = 1e15
const ENDED = {
  outcome: 'succeeded',
  exitCode: 0,
  signal: undefined,
  why: undefined,
  tail: undefined,
} as const

/**
 * The way of a change from the engine to the script's success, in one thread and step by step, so
 * that anything can happen in between: real files, real database, no time.
 */
export class Rehearsal {
  readonly world: TreeWorld
  readonly mirror = new Mirror()
  readonly #stage: StageEngine
  readonly #database: string
  readonly #clock: ManualClock = manualClock(Date.now())
  #queue: Queue
  #life: Life | undefined
  #running: Running | undefined

  /** @param directory on one file system, with nothing mounted in it */
  constructor(directory: string, stage: StageEngine) {
    this.#stage = stage
    this.#database = `${mkdtempSync(`${directory}/database-`)}/clsync.db`
    this.world = new TreeWorld(directory)
    this.#queue = this.#open()
  }

  /** Begins a new story: a tree made by these operations, which everybody knows. */
  async begin(operations: readonly Operation[]): Promise<void> {
    this.world.renew()
    for (const each of operations) this.world.perform(each)
    await this.#queue.write(() => {
      this.#queue.startOver()
      this.#queue.daemon.started(this.world.root, 'nolabel', this.#clock.now())
    })
    await this.start(LATER_THAN_ANY_FILE)
    await this.catchUp()
    this.mirror.become(this.world.mirrored())
    this.world.forget()
  }

  async start(silentBefore?: number): Promise<void> {
    if (this.#life !== undefined) return
    const life = new Life(this.world.root, this.#stage, this.#queue, this.#clock)
    this.#life = life
    await life.staged.engine.start()
    const reason = silentBefore === undefined ? 'start' : 'first start'
    const now = this.#clock.now()
    await this.#queue.write(() => {
      this.#queue.events.recover(now, LONG_MS)
      this.#queue.owed.owe({ path: '', reason, now, silentBefore }, undefined)
    })
    life.reconciler.start()
    await this.#queue.write(() => undefined)
  }

  /** Only what is on disk stays. */
  async kill(): Promise<void> {
    await this.#life?.end()
    this.#life = undefined
    this.#running = undefined
  }

  /** Killed, and another process takes over, which remembers nothing. */
  async reopen(): Promise<void> {
    await this.close()
    this.#queue = this.#open()
  }

  perform(operation: Operation): void {
    for (const happening of this.world.perform(operation)) {
      this.#life?.staged.happened(happening)
    }
  }

  overflow(): void {
    this.#life?.overflow()
  }

  recover(): void {
    this.#life?.recover()
  }

  drain(): void {
    this.#life?.staged.engine.drain()
  }

  async flush(limit: number): Promise<void> {
    await this.#life?.flush(limit)
  }

  async crawl(steps: number): Promise<void> {
    await this.#life?.crawl(steps)
  }

  /** A script is started with all that is pending, and looks at it. */
  async run(): Promise<void> {
    if (this.#life === undefined || this.#running !== undefined) return
    const { events, runs } = this.#queue
    const now = this.#clock.now()
    const from = { state: 'pending', sizeClass: 'ordinary', firstSeenUntil: now } as const
    const kind = { kind: 'synclist', sizeClass: 'ordinary', attempt: 1 } as const
    this.#running = await this.#queue.write(() => {
      const found = events.candidates(from, 1_000, 0)
      const id = runs.begin({ ...kind, paths: found.length, sample: '' }, now)
      events.claim(found, id)
      const seen = new Map(found.map(({ path }) => [path, this.world.mirroredAt(path)]))
      return { id, events: found, seen }
    })
  }

  async end(outcome: 'success' | 'failure'): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    this.#running = undefined
    const now = this.#clock.now()
    await this.#queue.write(() => {
      if (outcome === 'success') this.#queue.acknowledge(running.id, now)
      else this.#queue.events.putBack(running.id)
      this.#queue.runs.end(running.id, ENDED, now)
    })
    if (outcome === 'success') this.mirror.told(running.seen)
  }

  /** Lets everything come that is still to come. */
  async settle(): Promise<void> {
    await this.end('failure')
    await this.start()
    this.recover()
    await this.catchUp()
    await this.run()
    await this.end('success')
    this.#clock.advance(LONG_MS)
    await this.#queue.write(() => this.#queue.ghosts.purge(this.#clock.now()))
  }

  async catchUp(): Promise<void> {
    const life = this.#life
    if (life === undefined) return
    for (let idle = 0; idle < 2;) {
      this.#clock.advance(LONG_MS)
      await this.#queue.write(() => undefined)
      const wasBusy = life.isBusy
      this.drain()
      await life.crawl(1)
      await life.flush(1_000)
      idle = wasBusy || life.isBusy || this.#queue.owed.all().length > 0 ? 0 : idle + 1
    }
  }

  /** Entries in the catalogue, without the watch directory's own. */
  get catalogued(): number {
    return this.#queue.catalogue.count() - 1
  }

  async close(): Promise<void> {
    await this.kill()
    await this.#queue.close()
  }

  #open(): Queue {
    return new Queue({
      path: this.#database,
      clock: this.#clock,
      bigFileThreshold: 1_000_000,
      onMigrated: () => undefined,
      listener: { waiting: () => undefined, recovered: () => undefined },
    })
  }
}
