import assert from 'node:assert/strict'

import type { BytePath } from '../../../dist/model/glossary.js'
import { RETRY } from '../../support/delivery-rig.ts'
import { donePaths, type FakeRun } from '../../support/fake-runner.ts'

/** Runs that may begin in one backoff period of an outage. */
const MOST = 4

/** What a run can make true. */
interface Chance {
  /** The number of the last hint before it was claimed. */
  readonly hint: number
  /** How often the root was lost before it began. */
  losses: number
}

/**
 * What has to be true, whatever the queue says: a path is owed from its last hint until the success
 * of a run that was claimed after it.
 */
export class Ledger {
  isHeld = false
  /** For the record. */
  runs = 0
  steps = 0
  /** Paths and the number of their last hint. */
  readonly #owed = new Map<BytePath, number>()
  /** Told already, but a crash came before that was written down. */
  readonly #extra = new Set<BytePath>()
  readonly #chances = new Map<number, Chance>()
  #hints = 0
  #rootLosses = 0
  #isRootThere = true
  /** When the runs of an outage began, since its periods were last short. */
  #probes: number[] = []

  get isRootThere(): boolean {
    return this.#isRootThere
  }

  get rootLosses(): number {
    return this.#rootLosses
  }

  setRoot(isThere: boolean): void {
    if (this.#isRootThere && !isThere) this.#rootLosses++
    this.#isRootThere = isThere
  }

  hinted(path: BytePath): void {
    this.#hints++
    this.#owed.set(path, this.#hints)
    this.#extra.delete(path)
  }

  /** A run is given what is in the queue at this moment. */
  claimed(run: number): void {
    this.#chances.set(run, { hint: this.#hints, losses: this.#rootLosses })
  }

  /**
   * P5: in an outage at most four runs begin in a backoff period, and periods grow. The n-th run is
   * in period n / 4 or a later one. Where the periods begin nobody outside can tell: two of them may
   * meet in the middle of eight runs that follow at once, but then the ninth is a whole period later.
   */
  began(run: number, isOutage: boolean, now: number): void {
    assert.ok(!this.isHeld && this.#isRootThere, 'P6: nothing is begun while all is held')
    const chance = this.#chances.get(run)
    if (chance !== undefined) chance.losses = this.#rootLosses
    this.seenAs(isOutage)
    if (!isOutage) return
    this.#probes.push(now)
    const nth = this.#probes.length - 1 - 2 * MOST
    const spanMs = now - (this.#probes[nth] ?? -Infinity)
    const leastMs = leastPeriodMs(Math.floor(nth / MOST) + 1)
    assert.ok(
      spanMs >= leastMs,
      `P5: ${2 * MOST + 1} runs in ${spanMs} ms of an outage, after ${nth} runs`,
    )
  }

  /** What the scheduler takes it for: an outage may end without a run, by somebody's hands. */
  seenAs(isOutage: boolean): void {
    if (!isOutage) this.#probes = []
  }

  /** A path was found that fails alone: periods start short again. */
  explained(): void {
    this.#probes = []
  }

  ended(run: FakeRun): void {
    this.runs++
    const chance = this.#chances.get(run.run.id)
    this.#chances.delete(run.run.id)
    // P6: nobody knows what a script mirrored while the root was lost.
    if (chance === undefined || !this.#isRootThere || chance.losses !== this.#rootLosses) return
    const done = donePaths(run)
    if (done.length > 0) this.#probes = []
    for (const path of done) {
      if ((this.#owed.get(path) ?? Infinity) <= chance.hint) this.#owed.delete(path)
      this.#extra.delete(path)
    }
  }

  /** A daemon died; this is what the next one finds. */
  restarted(rows: ReadonlySet<BytePath>): void {
    this.#chances.clear()
    this.#probes = []
    for (const path of rows) if (!this.#owed.has(path)) this.#extra.add(path)
  }

  /** Somebody does not want it to be told. */
  forgive(path: BytePath): void {
    this.#owed.delete(path)
    this.#extra.delete(path)
  }

  /** P1 and P2: what is owed is in the queue, and nothing else is. */
  check(rows: ReadonlySet<BytePath>): void {
    for (const path of this.#owed.keys()) {
      assert.ok(rows.has(path), `P1: ${JSON.stringify(path)} is forgotten`)
    }
    for (const path of this.#extra) if (!rows.has(path)) this.#extra.delete(path)
    for (const path of rows) {
      const isMeant = this.#owed.has(path) || this.#extra.has(path)
      assert.ok(isMeant, `P2: ${JSON.stringify(path)} is still there after its success`)
    }
  }
}

/** A delay of this attempt, with the jitter that makes it shortest. */
function leastPeriodMs(attempt: number): number {
  return Math.min(RETRY.maxMs, RETRY.baseMs * 2 ** (attempt - 1)) / 2
}
