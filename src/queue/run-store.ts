import type BetterSqlite3 from 'better-sqlite3'

import { toBytes } from '../model/byte-path.ts'
import type { BytePath, RunKind, SizeClass } from '../model/glossary.ts'

/** A run as it begins. */
export interface NewRun {
  readonly kind: RunKind
  readonly sizeClass: SizeClass
  readonly attempt: number
  readonly paths: number
  /** One of its paths. */
  readonly sample: BytePath
}

/** How a run ended. */
export interface EndedRun {
  readonly outcome: 'succeeded' | 'failed' | 'abandoned'
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly why: string | undefined
  /** End of the script's output. */
  readonly tail: string | undefined
}

/** A run of a daemon that died; its script may still be running. */
export interface InterruptedRun {
  readonly id: number
  readonly startedAt: number
  readonly pid: number | undefined
  readonly identity: string | undefined
}

/** Ended runs kept for `history`. */
const HISTORY = 1_000

/** The table `run`. Methods that write are called inside a transaction. */
export class RunStore {
  readonly #begin: BetterSqlite3.Statement
  readonly #spawned: BetterSqlite3.Statement
  readonly #end: BetterSqlite3.Statement
  readonly #trim: BetterSqlite3.Statement
  readonly #interrupted: BetterSqlite3.Statement
  #mirroredUntil = -Infinity

  constructor(connection: BetterSqlite3.Database) {
    this.#begin = connection
      .prepare(`
        INSERT INTO run (kind, size_class, attempt, paths, sample, started_at)
        VALUES (@kind, @sizeClass, @attempt, @paths, CAST(@sample AS TEXT), @now) RETURNING id
      `)
      .pluck()
    this.#spawned = connection.prepare('UPDATE run SET pid = ?, identity = ? WHERE id = ?')
    this.#end = connection.prepare(`
      UPDATE run SET ended_at = @now, outcome = @outcome, exit_code = @exitCode, signal = @signal,
        why = @why, tail = @tail
      WHERE id = @id RETURNING started_at, kind
    `)
    this.#trim = connection.prepare(
      `DELETE FROM run WHERE id <= @id - ${HISTORY} AND ended_at IS NOT NULL`,
    )
    this.#interrupted = connection.prepare(
      'SELECT id, started_at, pid, identity FROM run WHERE ended_at IS NULL',
    )
  }

  /** When a script last copied the whole tree; Infinity while one does. */
  get mirroredUntil(): number {
    return this.#mirroredUntil
  }

  /** Returns the new run's id. */
  begin(run: NewRun, now: number): number {
    if (run.kind === 'initialsync') this.#mirroredUntil = Infinity
    return Number(this.#begin.get({ ...run, sample: toBytes(run.sample), now }))
  }

  /** Notes which process it is, so that a later daemon can find it. */
  spawned(id: number, pid: number, identity: string | undefined): void {
    this.#spawned.run(pid, identity ?? null, id)
  }

  /** Returns when the run had started. */
  end(id: number, ended: EndedRun, now: number): number {
    const row = this.#end.get({
      id,
      now,
      outcome: ended.outcome,
      exitCode: ended.exitCode ?? null,
      signal: ended.signal ?? null,
      why: ended.why ?? null,
      tail: ended.tail ?? null,
    }) as { readonly started_at: number; readonly kind: RunKind } | undefined
    this.#trim.run({ id })
    if (row?.kind === 'initialsync') this.#mirroredUntil = now
    return row?.started_at ?? now
  }

  /** Says whether a run has not ended. */
  get someRun(): boolean {
    return this.#interrupted.get() !== undefined
  }

  /** Runs that never ended: those of a daemon that died. */
  interrupted(): readonly InterruptedRun[] {
    const rows = this.#interrupted.all() as {
      id: number
      started_at: number
      pid: number | null
      identity: string | null
    }[]
    return rows.map((row) => ({
      id: row.id,
      startedAt: row.started_at,
      pid: row.pid ?? undefined,
      identity: row.identity ?? undefined,
    }))
  }
}
