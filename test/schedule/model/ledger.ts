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
  /** When the latest runs of an outage began. */
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

  /** P5: an outage is one run after the other, four in a period that is no shorter than half a delay. */
  began(run: number, isOutage: boolean, now: number): void {
    assert.ok(!this.isHeld && this.#isRootThere, 'P6: nothing is begun while all is held')
    const chance = this.#chances.get(run)
    if (chance !== undefined) chance.losses = this.#rootLosses
    this.#probes = isOutage ? [...this.#probes.slice(-2 * MOST), now] : []
    const spanMs = now - (this.#probes[0] ?? now)
    const isTooMany = this.#probes.length > 2 * MOST && spanMs < RETRY.baseMs / 2
    assert.ok(!isTooMany, `P5: ${2 * MOST + 1} runs in ${spanMs} ms of an outage`)
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
