import assert from 'node:assert/strict'

import BetterSqlite3 from 'better-sqlite3'

import type { BytePath, SizeClass } from '../../../dist/model/glossary.js'
import { DeliveryRig, RETRY } from '../../support/delivery-rig.ts'
import type { Ending } from '../../support/fake-runner.ts'
import { settled, SimulatedClock } from '../../support/simulated-clock.ts'
import { Ledger } from './ledger.ts'

/** How a daemon is started. */
export interface Settings {
  readonly jobs: number
  readonly batchLimit: number
  readonly collectDelayMs: number
  readonly commonDelayMs: number
}

/** What scripts do at present. */
export type Mood = 'works' | 'down' | 'names' | 'killed' | 'timed out' | 'sometimes fails'

const HOUR = 3_600_000
/** So long everything has its turn, whatever failed before. */
const LONG = 96 * HOUR

/**
 * Queue, scheduler and delivery as they are, over simulated time, scripts, crashes and other people's
 * hands, beside the ledger of what has to be true of them.
 */
export class Simulation {
  readonly clock = new SimulatedClock()
  readonly poison = new Set<BytePath>()
  mood: Mood = 'works'
  readonly ledger = new Ledger()
  readonly #path: string
  readonly #foreigner: BetterSqlite3.Database
  readonly #select: BetterSqlite3.Statement
  readonly #random: () => number
  #rig: DeliveryRig

  constructor(path: string, settings: Settings, random: () => number) {
    this.#path = path
    this.#random = random
    this.#rig = this.#open(settings)
    this.#foreigner = new BetterSqlite3(path)
    this.#foreigner.pragma('synchronous = OFF')
    this.#select = this.#foreigner.prepare('SELECT CAST(path AS BLOB) FROM event').pluck()
    this.#rig.scheduler.release()
  }

  /** Hints come, so fast that runs are being claimed meanwhile. */
  async hint(paths: readonly BytePath[], sizeClass: SizeClass): Promise<void> {
    await Promise.all(
      paths.map((path) => this.#rig.hint([path], sizeClass, () => this.ledger.hinted(path))),
    )
    await settled()
  }

  /** The clock goes on ahead: the machine slept, or somebody set it. */
  async leap(ms: number): Promise<void> {
    this.clock.leap(ms)
    await this.#notice()
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms)
    await settled()
  }

  /**
   * SIGKILL so many promises after a hint and the next timer, and a new start, perhaps with the clock
   * set back.
   */
  async crash(path: BytePath, promises: number, next: Settings, jumpMs: number): Promise<void> {
    const lost = this.#rig
      .hint([path], 'ordinary', () => this.ledger.hinted(path))
      .catch(() => undefined)
    this.clock.fireNext()
    for (let each = 0; each < promises; each++) await Promise.resolve()
    this.#rig.crash()
    await lost
    await settled()
    this.clock.restart(jumpMs)
    await this.#start(next)
  }

  /** SIGTERM, perhaps while something is being claimed, and a new start. */
  async restart(isPatient: boolean, settings: Settings): Promise<void> {
    const rig = this.#rig
    rig.scheduler.poke()
    const stopping = rig.scheduler.stop()
    if (isPatient) await this.clock.advance(HOUR)
    else rig.delivery.terminate()
    await stopping
    await rig.queue.close()
    await this.#start(settings)
  }

  /** Something comes and all is held, while it is being claimed. */
  async hold(path: BytePath): Promise<void> {
    const hinted = this.#rig.hint([path], 'ordinary', () => this.ledger.hinted(path))
    await hinted
    this.ledger.isHeld = true
    this.#rig.scheduler.hold()
    await settled()
  }

  async release(): Promise<void> {
    this.ledger.isHeld = false
    this.#rig.scheduler.release()
    await settled()
  }

  async setRoot(isThere: boolean): Promise<void> {
    this.ledger.setRoot(isThere)
    this.#rig.scheduler.poke()
    await settled()
  }

  /** Somebody deletes a row; it is obeyed. */
  async foreignDelete(path: BytePath): Promise<void> {
    this.#foreigner
      .prepare('DELETE FROM event WHERE path = CAST(? AS TEXT)')
      .run(Buffer.from(path, 'latin1'))
    this.ledger.forgive(path)
    await this.#notice()
  }

  /** Somebody changes when things are due. */
  async foreignRedate(deltaMs: number): Promise<void> {
    this.#foreigner
      .prepare(
        'UPDATE event SET first_seen = first_seen + @deltaMs, retry_at = retry_at + @deltaMs',
      )
      .run({ deltaMs })
    await this.#notice()
  }

  /** Somebody does not want to wait for what is isolated. */
  async foreignRetry(): Promise<void> {
    this.#foreigner.exec(
      `UPDATE event SET state = 'pending', retry_at = NULL WHERE state = 'isolated'`,
    )
    await this.#notice()
  }

  /** P1, P2 and P5; P3 is the runner's to say. */
  check(): void {
    assert.deepEqual(this.#rig.errors, [])
    this.ledger.seenAs(this.#rig.scheduler.isOutage)
    this.ledger.check(this.#rows())
  }

  /** P5, then P1 to the end: all but poison is delivered, and all of it once nothing fails. */
  async heal(): Promise<void> {
    this.mood = 'works'
    await this.setRoot(true)
    await this.release()
    const isClean = (): boolean => [...this.#rows()].every((path) => this.poison.has(path))
    assert.ok(await this.clock.advanceUntil(isClean, LONG), `P5: ${this.#left()}`)
    this.check()
    this.poison.clear()
    const isEmpty = (): boolean => this.#rows().size === 0
    assert.ok(await this.clock.advanceUntil(isEmpty, LONG), `P1: ${this.#left()}`)
    this.check()
  }

  close(): void {
    this.#foreigner.close()
    this.#rig.crash()
  }

  #open({ jobs, batchLimit, collectDelayMs, commonDelayMs }: Settings): DeliveryRig {
    const rig: DeliveryRig = new DeliveryRig({
      path: this.#path,
      clock: this.clock,
      jobs,
      batchLimit,
      commonDelayMs,
      collectDelayMs: { ordinary: collectDelayMs, big: 10 * collectDelayMs },
      random: this.#random,
      rootIsThere: () => this.ledger.isRootThere,
      rootLosses: () => this.ledger.rootLosses,
      script: {
        takesMs: () => this.#duration(),
        ends: (paths) => this.#ending(paths),
      },
      onBegin: ({ run, startedAt }) => this.ledger.began(run.id, rig.scheduler.isOutage, startedAt),
      onEnd: (run) => {
        if (rig !== this.#rig) return
        this.ledger.seenAs(rig.scheduler.isOutage)
        this.ledger.ended(run)
      },
    })
    this.#noteClaims(rig)
    this.#noteCulprits(rig)
    return rig
  }

  /** Which hints a run has in it is decided by the transaction that claims them. */
  #noteClaims({ queue: { events } }: DeliveryRig): void {
    const claim = events.claim.bind(events)
    events.claim = (candidates, run) => {
      this.ledger.claimed(run)
      claim(candidates, run)
    }
  }

  /** Suspects that are found to fail alone, not those of which that is known. */
  #noteCulprits({ queue: { events } }: DeliveryRig): void {
    const isolate = events.isolate.bind(events)
    events.isolate = (run, retryAt, error) => {
      const part = this.#foreigner.prepare('SELECT part FROM event WHERE run = ?').pluck().get(run)
      if (part !== null) this.ledger.explained()
      isolate(run, retryAt, error)
    }
  }

  async #start(settings: Settings): Promise<void> {
    this.#rig = this.#open(settings)
    const { queue } = this.#rig
    await queue.write(() => {
      for (const { id } of queue.runs.interrupted()) queue.runs.end(id, DIED, this.clock.now())
      queue.events.recover(this.clock.now(), RETRY.maxMs)
    })
    this.ledger.restarted(this.#rows())
    await this.release()
  }

  async #notice(): Promise<void> {
    this.#rig.scheduler.poke()
    await settled()
  }

  /** What is down says so at once. */
  #duration(): number {
    const most = this.mood === 'down' ? 100 : 600_000
    return Math.floor(this.#random() ** 4 * most)
  }

  #ending(paths: readonly BytePath[]): Ending {
    const failed = paths.filter((path) => this.poison.has(path))
    const isPoisoned = failed.length > 0
    switch (this.mood) {
      case 'works':
        return { type: isPoisoned ? 'fails' : 'succeeds' }
      case 'names':
        return { type: 'names', failed, exitCode: this.#random() < 0.5 && isPoisoned ? 1 : 0 }
      case 'sometimes fails':
        return { type: isPoisoned || this.#random() < 0.3 ? 'fails' : 'succeeds' }
      case 'down':
        return { type: 'fails' }
      case 'killed':
      case 'timed out':
        return { type: this.mood }
    }
  }

  #rows(): Set<BytePath> {
    return new Set((this.#select.all() as Buffer[]).map((path) => path.toString('latin1')))
  }

  #left(): string {
    const rows = this.#foreigner.prepare('SELECT * FROM event').all()
    return `${this.#rig.errors.join()} not delivered: ${JSON.stringify(rows)}; poison: ${JSON.stringify([...this.poison])}`
  }
}

const DIED = {
  outcome: 'abandoned',
  exitCode: undefined,
  signal: undefined,
  why: 'its daemon died',
  tail: undefined,
} as const
