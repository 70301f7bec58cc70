import type BetterSqlite3 from 'better-sqlite3'

import { fromBytes, parentOf, toBytes } from '../model/byte-path.ts'
import type { BytePath, ReconcileReason } from '../model/glossary.ts'
import { rangeBelow } from './path-range.ts'

/** A subtree that has to be compared with the catalogue. */
export interface OwedReconcile {
  readonly path: BytePath
  readonly reason: ReconcileReason
  /** Grows when it is owed again, so that one in progress does not settle the new debt. */
  readonly generation: number
  /** Equal entries are told as well: the directory moved, its names are new. */
  readonly tellAll: boolean
  /** Unknown entries whose ctime is older are recorded and not told: the initial sync has them. */
  readonly silentBefore: number | undefined
  /** A script may have run while nobody watched: directories that may have been away are told whole. */
  readonly unwatchedRun: boolean
}

interface OwedRow {
  readonly path: Buffer
  readonly reason: ReconcileReason
  readonly generation: number
  readonly tell_all: number
  readonly silent_before: number | null
  readonly unwatched_run: number
}

/** What is asked for. */
export interface Owing {
  readonly path: BytePath
  readonly reason: ReconcileReason
  readonly now: number
  readonly tellAll?: boolean
  readonly silentBefore?: number | undefined
  readonly unwatchedRun?: boolean
}

const COLUMNS = `CAST(path AS BLOB) AS path, reason, generation, tell_all, silent_before,
  unwatched_run`

/**
 * The table `reconcile`, kept in memory as well: hints ask what is owed above them. Methods that
 * write are called inside a transaction, and {@link forget} after a rollback.
 */
export class OwedReconciles {
  readonly #upsert: BetterSqlite3.Statement
  readonly #dropSmaller: BetterSqlite3.Statement
  readonly #settle: BetterSqlite3.Statement
  readonly #select: BetterSqlite3.Statement
  readonly #oldest: BetterSqlite3.Statement
  #rows: Map<BytePath, OwedReconcile> | undefined

  constructor(connection: BetterSqlite3.Database) {
    // A debt made again tells all that either would have told. So an overflow ends the silence of
    // the first start: what moved in meanwhile may have an old ctime.
    this.#upsert = connection.prepare(`
      INSERT INTO reconcile (path, reason, owed_at, generation, tell_all, silent_before, unwatched_run)
      VALUES (CAST(@path AS TEXT), @reason, @now, 1, @tellAll, @silentBefore, @unwatchedRun)
      ON CONFLICT (path) DO UPDATE SET reason = excluded.reason, generation = generation + 1,
        tell_all = max(tell_all, excluded.tell_all),
        silent_before = min(silent_before, excluded.silent_before),
        unwatched_run = max(unwatched_run, excluded.unwatched_run)
      RETURNING ${COLUMNS}
    `)
    this.#dropSmaller = connection
      .prepare(`
        DELETE FROM reconcile
        WHERE path > CAST(@after AS TEXT) AND path < CAST(@end AS TEXT)
          AND path IS NOT CAST(@begun AS TEXT) AND tell_all <= @tellAll
          AND unwatched_run <= @unwatchedRun
          AND coalesce(silent_before, 0) >= coalesce(@silentBefore, 0)
        RETURNING CAST(path AS BLOB)
      `)
      .pluck()
    this.#settle = connection.prepare(
      'DELETE FROM reconcile WHERE path = CAST(? AS TEXT) AND generation = ?',
    )
    this.#select = connection.prepare(`SELECT ${COLUMNS} FROM reconcile ORDER BY owed_at, path`)
    this.#oldest = connection.prepare('SELECT min(owed_at) FROM reconcile').pluck()
  }

  /** All debts, those that wait longest first. */
  all(): readonly OwedReconcile[] {
    return [...this.#known().values()]
  }

  /** Since when the oldest debt is owed; the clock may have been set back since another one was made. */
  get oldestAt(): number | undefined {
    const oldest: unknown = this.#oldest.get()
    return typeof oldest === 'number' ? oldest : undefined
  }

  find(path: BytePath): OwedReconcile | undefined {
    return this.#known().get(path)
  }

  /** Says whether a comparison that is owed will come by this path. */
  covers(path: BytePath): boolean {
    return this.find(path) !== undefined || this.#someAbove(path, () => true)
  }

  /**
   * Adds a debt, unless a larger one that has not begun tells all that it would; smaller ones of
   * which the same is true are dropped. `begun` is the path being compared just now.
   */
  owe(owing: Owing, begun: BytePath | undefined): boolean {
    const { path, tellAll = false, silentBefore, unwatchedRun = false } = owing
    const isIncluded = this.#someAbove(
      path,
      (larger) =>
        larger.path !== begun &&
        (larger.tellAll || !tellAll) &&
        (larger.unwatchedRun || !unwatchedRun) &&
        (larger.silentBefore ?? 0) <= (silentBefore ?? 0),
    )
    if (isIncluded) return false
    this.#drop(owing, begun)
    const row = this.#upsert.get({
      path: toBytes(path),
      reason: owing.reason,
      now: owing.now,
      tellAll: tellAll ? 1 : 0,
      silentBefore: silentBefore ?? null,
      unwatchedRun: unwatchedRun ? 1 : 0,
    }) as OwedRow
    this.#known().set(path, toOwed(row))
    return true
  }

  /** Pays a debt, unless it was made again since. Returns whether it is paid. */
  settle(path: BytePath, generation: number): boolean {
    const { changes } = this.#settle.run(toBytes(path), generation)
    if (changes > 0) this.#known().delete(path)
    else this.forget()
    return changes > 0
  }

  forget(): void {
    this.#rows = undefined
  }

  #known(): Map<BytePath, OwedReconcile> {
    if (this.#rows !== undefined) return this.#rows
    const rows = this.#select.all() as OwedRow[]
    this.#rows = new Map(rows.map((row) => [fromBytes(row.path), toOwed(row)]))
    return this.#rows
  }

  #someAbove(path: BytePath, condition: (larger: OwedReconcile) => boolean): boolean {
    for (let below = path; below !== '';) {
      below = parentOf(below)
      const larger = this.find(below)
      if (larger !== undefined && condition(larger)) return true
    }
    return false
  }

  #drop(owing: Owing, begun: BytePath | undefined): void {
    const { path, tellAll, silentBefore, unwatchedRun } = owing
    const dropped = this.#dropSmaller.all({
      ...rangeBelow(path),
      begun: begun === undefined ? null : toBytes(begun),
      tellAll: tellAll === true ? 1 : 0,
      unwatchedRun: unwatchedRun === true ? 1 : 0,
      silentBefore: silentBefore ?? null,
    }) as Buffer[]
    for (const smaller of dropped) this.#known().delete(fromBytes(smaller))
  }
}

function toOwed(row: OwedRow): OwedReconcile {
  return {
    path: fromBytes(row.path),
    reason: row.reason,
    generation: row.generation,
    tellAll: row.tell_all !== 0,
    silentBefore: row.silent_before ?? undefined,
    unwatchedRun: row.unwatched_run !== 0,
  }
}
