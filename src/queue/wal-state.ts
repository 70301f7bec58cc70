import type BetterSqlite3 from 'better-sqlite3'

/** How far the write-ahead log has come. */
export interface WalState {
  /** Pages in it. */
  readonly frames: number
  /** How many of them are in the database file too. */
  readonly copied: number
}

/** Looks at the log without doing anything to it. */
export function walState(connection: BetterSqlite3.Database): WalState {
  return checkpoint(connection, 'NOOP')
}

/** Copies as much of the log as possible without waiting for anybody. */
export function copyWal(connection: BetterSqlite3.Database): WalState {
  return checkpoint(connection, 'PASSIVE')
}

/** Bytes of a page, of the database file as of the log. */
export function pageBytes(connection: BetterSqlite3.Database): number {
  return Number(connection.pragma('page_size', { simple: true }))
}

/** https://sqlite.org/pragma.html#pragma_wal_checkpoint */
function checkpoint(connection: BetterSqlite3.Database, mode: 'NOOP' | 'PASSIVE'): WalState {
  const [row] = connection.pragma(`wal_checkpoint(${mode})`) as {
    readonly log: number
    readonly checkpointed: number
  }[]
  return { frames: row?.log ?? 0, copied: row?.checkpointed ?? 0 }
}
