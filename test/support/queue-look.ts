import BetterSqlite3 from 'better-sqlite3'

/** What a database says of work that is left. */
export interface QueueLook {
  readonly events: number
  readonly owed: number
  readonly running: number
  /** When the event that waits longest was first seen; milliseconds since the epoch. */
  readonly oldest: number | undefined
}

/** Looks into a queue as anybody may (P8); undefined when there is none yet, or it is locked. */
export function lookAtQueue(db: string): QueueLook | undefined {
  return ask(db, (connection) => {
    const count = (from: string): number =>
      Number(connection.prepare(`SELECT count(*) FROM ${from}`).pluck().get())
    const oldest = connection.prepare('SELECT min(first_seen) FROM event').pluck().get()
    return {
      events: count('event'),
      oldest: typeof oldest === 'number' ? oldest : undefined,
      owed: count('reconcile'),
      running: count('run WHERE ended_at IS NULL'),
    }
  })
}

/** Says whether no path waits, without counting. */
export function isQueueEmpty(db: string): boolean {
  const question = 'SELECT NOT EXISTS (SELECT 1 FROM event)'
  return ask(db, (connection) => connection.prepare(question).pluck().get()) === 1
}

/** Opens a database for reading, and closes it again; undefined when that does not work now. */
function ask<T>(db: string, question: (connection: BetterSqlite3.Database) => T): T | undefined {
  try {
    const connection = new BetterSqlite3(db, { readonly: true, timeout: 200 })
    try {
      return question(connection)
    } finally {
      connection.close()
    }
  } catch {
    return undefined
  }
}
