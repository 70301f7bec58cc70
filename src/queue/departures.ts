import type BetterSqlite3 from 'better-sqlite3'

import { fromBytes, toBytes } from '../model/byte-path.ts'
import type { ReconcileReason } from '../model/glossary.ts'
import { IN_DELETE, IN_MOVED_FROM } from '../model/mask.ts'
import type { Catalogue } from './catalogue.ts'
import type { EventStore } from './event-store.ts'
import { LATE_HINT_MS } from './late-hints.ts'
import type { OwedReconciles, Owing } from './owed.ts'
import { rangeBelow } from './path-range.ts'
import type { RunStore } from './run-store.ts'

/** Rows forgotten in one transaction. */
const MOST_AT_ONCE = 20_000
/**
 * Comparisons that do not mean that hints were lost (at a start at most those of the last moment). To
 * tell everything again for them would repeat work at each start.
 */
const ROUTINE: ReadonlySet<ReconcileReason> = new Set(['first start', 'start', 'audit', 'polled'])

export interface DeparturesParts {
  readonly catalogue: Catalogue
  readonly events: EventStore
  readonly owed: OwedReconciles
  readonly runs: RunStore
}

/**
 * The table `departure`: names told as gone. A name that comes and goes unseen is normally no event.
 * But a script that was told of its deletion, or copies the whole tree, may have met it in between
 * and copied it, and has to be told once more. Methods that write are called inside a transaction.
 */
export class Departures {
  readonly #parts: DeparturesParts
  readonly #put: BetterSqlite3.Statement
  readonly #has: BetterSqlite3.Statement
  readonly #select: BetterSqlite3.Statement
  readonly #purge: BetterSqlite3.Statement
  readonly #oldest: BetterSqlite3.Statement
  readonly #clear: BetterSqlite3.Statement

  constructor(connection: BetterSqlite3.Database, parts: DeparturesParts) {
    this.#parts = parts
    this.#put = connection.prepare(`
      INSERT INTO departure (path, told_at)
      SELECT path, @now FROM event
      WHERE run = @run AND fresh_since IS NULL AND mask & ${IN_DELETE | IN_MOVED_FROM}
      ON CONFLICT (path) DO UPDATE SET told_at = excluded.told_at
    `)
    this.#has = connection.prepare('SELECT 1 FROM departure WHERE path = CAST(? AS TEXT)').pluck()
    const isWithin = `(path = CAST(@path AS TEXT)
      OR path > CAST(@after AS TEXT) AND path < CAST(@end AS TEXT))`
    this.#select = connection
      .prepare(`
        SELECT CAST(path AS BLOB) FROM departure WHERE ${isWithin}
        UNION SELECT CAST(path AS BLOB) FROM event WHERE run IS NOT NULL AND ${isWithin}
      `)
      .pluck()
    this.#purge = connection.prepare(`
      DELETE FROM departure WHERE path IN (
        SELECT path FROM departure WHERE told_at < ? ORDER BY told_at LIMIT ${MOST_AT_ONCE})
    `)
    this.#oldest = connection.prepare('SELECT min(told_at) FROM departure').pluck()
    this.#clear = connection.prepare('DELETE FROM departure')
  }

  /** A run succeeded. Call before its events are acknowledged. */
  told(run: number, now: number): void {
    this.#put.run({ run, now })
  }

  /** Says whether it has to be told that there is nothing at a path of which nobody knew. */
  matters(path: Buffer, now: number): boolean {
    const { events, owed, runs } = this.#parts
    if (owed.covers(fromBytes(path)) || runs.mirroredUntil >= now - LATE_HINT_MS) return true
    return events.has(path) || this.#has.get(path) !== undefined
  }

  /**
   * Something has to be compared, perhaps because hints were lost. What came and went unseen is in no
   * listing: all is told again that is gone and that a script looked at since, or looks at now.
   */
  tellAgain({ path, reason, now }: Owing): void {
    if (ROUTINE.has(reason)) return
    const { catalogue, events } = this.#parts
    const told = this.#select.all({ path: toBytes(path), ...rangeBelow(path) }) as Buffer[]
    for (const gone of told) {
      if (catalogue.at(fromBytes(gone)).known !== undefined) continue
      events.upsertGone(gone, IN_DELETE, now)
    }
  }

  clear(): void {
    this.#clear.run()
  }

  /** Says whether there is something to {@link purge}. */
  isDue(now: number): boolean {
    const oldest: unknown = this.#oldest.get()
    return typeof oldest === 'number' && oldest < now - LATE_HINT_MS
  }

  /** Forgets those of which no hint can be on its way any more. */
  purge(now: number): void {
    this.#purge.run(now - LATE_HINT_MS)
  }
}
