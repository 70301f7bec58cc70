import type BetterSqlite3 from 'better-sqlite3'

import { toBytes } from '../model/byte-path.ts'
import type { BytePath, SizeClass } from '../model/glossary.ts'
import { IN_ISDIR } from '../model/mask.ts'
import {
  type Candidate,
  candidatesQuery,
  type ClaimFrom,
  type EventRow,
  toCandidate,
} from './candidates.ts'

/** Failures of its own count from the first on; those of the batches it was in are forgotten. */
const ATTEMPTS_ALONE = 'attempts = iif(retry_at IS NULL, 1, attempts + 1)'

/** What waits for its path gets more bits; what came during a run stays for the next batch (P2). */
const ON_CONFLICT = `ON CONFLICT (path) DO UPDATE SET
  mask = mask | excluded.mask,
  last_seen = excluded.last_seen,
  fresh_mask = iif(state = 'running', fresh_mask | excluded.mask, 0),
  fresh_since = iif(state = 'running', coalesce(fresh_since, excluded.first_seen), NULL)`

/** A deletion that is held is told as well. Writes indexed columns: nothing for each hint. */
const ON_CONFLICT_RELEASE = `${ON_CONFLICT},
  first_seen = iif(state = 'held', excluded.first_seen, first_seen),
  state = iif(state = 'held', 'pending', state)`

/**
 * The table `event`: one row a path (P1, P2). Methods that write are called inside a transaction.
 */
export class EventStore {
  readonly #connection: BetterSqlite3.Database
  readonly #upsert: BetterSqlite3.Statement
  readonly #statements = new Map<string, BetterSqlite3.Statement>()

  constructor(connection: BetterSqlite3.Database) {
    this.#connection = connection
    this.#upsert = connection.prepare(`
      INSERT INTO event (path, mask, first_seen, last_seen, size_class)
      VALUES (CAST(? AS TEXT), ?, ?, ?, ?)
      ${ON_CONFLICT}
    `)
  }

  /**
   * Records that a path has to be told: a new event, or more bits of the one that waits. That one
   * keeps its size class, since writing an indexed column costs as much as all the rest; see
   * {@link reclassify}.
   */
  upsert(path: Buffer, mask: number, sizeClass: SizeClass, now: number): void {
    this.#upsert.run(path, mask, now, now, sizeClass)
  }

  /**
   * Records everything below a path, which is what the catalogue has below a directory number. The
   * names may have been somewhere else for a while. Deletions held there are released.
   */
  upsertBelow(path: Buffer, number: number, mask: number, now: number): void {
    this.#prepare(`
      WITH RECURSIVE below (number, prefix) AS (
        VALUES (@number, CAST(@path AS TEXT) || '/')
        UNION ALL
        SELECT entry.number, below.prefix || entry.name || '/' FROM below, entry
        WHERE entry.directory = below.number AND entry.number IS NOT NULL
      )
      INSERT INTO event (path, mask, first_seen, last_seen)
      SELECT below.prefix || entry.name, iif(entry.number IS NULL, @mask, @mask | ${IN_ISDIR}), @now, @now
      FROM below, entry WHERE entry.directory = below.number
      ${ON_CONFLICT_RELEASE}
    `).run({ path, number, mask, now })
  }

  /** Records that what was at a path is gone, also where its deletion is held. */
  upsertGone(path: Buffer, mask: number, now: number): void {
    this.#prepare(`
      INSERT INTO event (path, mask, first_seen, last_seen)
      VALUES (CAST(@path AS TEXT), @mask, @now, @now)
      ${ON_CONFLICT_RELEASE}
    `).run({ path, mask, now })
  }

  /** Says whether a path has an event. */
  has(path: Buffer): boolean {
    const row: unknown = this.#prepare('SELECT 1 FROM event WHERE path = CAST(? AS TEXT)').get(path)
    return row !== undefined
  }

  /** The file at a path became big, or is not any more. */
  reclassify(path: Buffer, sizeClass: SizeClass): void {
    this.#prepare('UPDATE event SET size_class = ? WHERE path = CAST(? AS TEXT)').run(
      sizeClass,
      path,
    )
  }

  /** First seen of the oldest pending event of a class that was first seen after an instant. */
  oldest(sizeClass: SizeClass, after: number = -Infinity): number | undefined {
    const value: unknown = this.#prepare(`
      SELECT min(first_seen) FROM event
      WHERE state = 'pending' AND size_class = ? AND first_seen > ?
    `)
      .pluck()
      .get(sizeClass, after)
    return typeof value === 'number' ? value : undefined
  }

  /**
   * First seen of the event that waits longest; undefined when none does. Of those that failed, of
   * which there may be millions, the first thousand are looked at.
   */
  waitingSince(): number | undefined {
    const value: unknown = this.#prepare(`
      SELECT min(first_seen) FROM (
        SELECT min(first_seen) AS first_seen FROM event
        WHERE state = 'pending' AND size_class = 'ordinary'
        UNION ALL
        SELECT min(first_seen) FROM event WHERE state = 'pending' AND size_class = 'big'
        UNION ALL
        SELECT min(first_seen) FROM
          (SELECT first_seen FROM event WHERE state = 'suspect' ORDER BY part LIMIT 1000)
        UNION ALL
        SELECT min(first_seen) FROM
          (SELECT first_seen FROM event WHERE state = 'isolated' ORDER BY size_class LIMIT 1000)
      )
    `)
      .pluck()
      .get()
    return typeof value === 'number' ? value : undefined
  }

  /** When the next isolated path of a class may be retried that may not be before, or undefined. */
  nextRetryAt(sizeClass: SizeClass, after: number = -Infinity): number | undefined {
    const value: unknown = this.#prepare(`
      SELECT min(retry_at) FROM event WHERE state = 'isolated' AND size_class = ? AND retry_at > ?
    `)
      .pluck()
      .get(sizeClass, after)
    return typeof value === 'number' ? value : undefined
  }

  /** Says whether events of a part of a failing batch are left, besides those in runs. */
  hasPart(part: number): boolean {
    return (
      this.#prepare(`SELECT 1 FROM event WHERE state = 'suspect' AND part = ? LIMIT 1`)
        .pluck()
        .get(part) !== undefined
    )
  }

  /** Candidates for a claim, in the order they wait, after skipping `offset` of them. */
  candidates(from: ClaimFrom, limit: number, offset: number): readonly Candidate[] {
    const sql = candidatesQuery(from)
    const rows = this.#prepare(sql).all({ after: -Infinity, ...from, limit, offset })
    return (rows as EventRow[]).map(toCandidate)
  }

  /** Says whether an event of this path waits for a run. */
  waits(path: BytePath): boolean {
    return (
      this.#prepare(`
        SELECT 1 FROM event
        WHERE path = CAST(? AS TEXT) AND state IN ('pending', 'suspect', 'isolated')
      `)
        .pluck()
        .get(toBytes(path)) !== undefined
    )
  }

  /** Hands events to a run. */
  claim(candidates: Iterable<Candidate>, run: number): void {
    const claim = this.#prepare(`
      UPDATE event SET state = 'running', run = ?, fresh_mask = 0, fresh_since = NULL WHERE id = ?
    `)
    for (const { id } of candidates) claim.run(run, id)
  }

  /** Acknowledges a run: what did not change meanwhile goes, the rest waits anew (P2). */
  acknowledge(run: number): void {
    this.#prepare('DELETE FROM event WHERE run = ? AND fresh_since IS NULL').run(run)
    this.#prepare(`
      UPDATE event SET state = 'pending', run = NULL, part = NULL, retry_at = NULL, attempts = 0,
        last_error = NULL, mask = fresh_mask, first_seen = fresh_since, fresh_mask = 0,
        fresh_since = NULL
      WHERE run = ?
    `).run(run)
  }

  /** Keeps the named events of a run from being acknowledged with the others: they failed. */
  isolateNamed(run: number, path: BytePath, retryAt: number, error: string): boolean {
    const done = this.#prepare(`
      UPDATE event SET state = 'isolated', run = NULL, part = NULL, ${ATTEMPTS_ALONE},
        retry_at = @retryAt, last_error = @error, fresh_mask = 0, fresh_since = NULL
      WHERE run = @run AND path = CAST(@path AS TEXT)
    `).run({ run, path: toBytes(path), retryAt, error })
    return done.changes > 0
  }

  /** What fails alone is to be tried at once. */
  retryIsolated(now: number): void {
    this.#prepare(`
      UPDATE event SET retry_at = @now WHERE state = 'isolated' AND retry_at > @now
    `).run({ now })
  }

  /** As if the run had not been. */
  putBack(run: number): void {
    this.#prepare(`
      UPDATE event SET state = iif(retry_at IS NULL, 'pending', 'isolated'), run = NULL, part = NULL,
        fresh_mask = 0, fresh_since = NULL
      WHERE run = ?
    `).run(run)
  }

  /** Makes a failed run's events one part of a batch under suspicion. */
  suspect(run: number, part: number, error: string): void {
    const assignments = `state = 'suspect', part = @part, attempts = attempts + 1`
    this.#release(run, assignments, { error, part })
  }

  /** The events of a failed run fail alone: each waits for itself. */
  isolate(run: number, retryAt: number, error: string): void {
    const assignments = `state = 'isolated', part = NULL, retry_at = @retryAt, ${ATTEMPTS_ALONE}`
    this.#release(run, assignments, { error, retryAt })
  }

  /** Splits a part of about `size` events in two by path: the upper half becomes `upper`. */
  splitPart(part: number, upper: number, size: number): void {
    this.#prepare(`
      UPDATE event SET part = @upper WHERE id IN (
        SELECT id FROM event WHERE state = 'suspect' AND part = @part
        ORDER BY path LIMIT -1 OFFSET @lower)
    `).run({ part, upper, lower: Math.ceil(size / 2) })
  }

  /** What a dead daemon left running waits again; rows first seen in the future are due from now. */
  recover(now: number, longestRetryMs: number): void {
    this.#connection
      .prepare(`
        UPDATE event SET run = NULL, part = NULL, fresh_mask = 0, fresh_since = NULL,
          state = iif(retry_at IS NULL, 'pending', 'isolated')
        WHERE state IN ('running', 'suspect')
      `)
      .run()
    this.#connection
      .prepare(`UPDATE event SET first_seen = @now WHERE first_seen > @now AND state = 'pending'`)
      .run({ now })
    this.#connection
      .prepare(
        `UPDATE event SET retry_at = @latest WHERE state = 'isolated' AND retry_at > @latest`,
      )
      .run({ latest: now + longestRetryMs })
  }

  /** Number of events in any state. */
  total(): number {
    return Number(this.#prepare('SELECT count(*) FROM event').pluck().get())
  }

  #release(run: number, assignments: string, values: Record<string, unknown>): void {
    this.#prepare(`
      UPDATE event SET ${assignments}, run = NULL, last_error = @error, fresh_mask = 0, fresh_since = NULL
      WHERE run = @run
    `).run({ run, ...values })
  }

  /** Prepares each statement once; the text is the key. */
  #prepare(sql: string): BetterSqlite3.Statement {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#connection.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}
