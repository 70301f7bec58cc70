import type { Database } from 'better-sqlite3'

import { ClsyncError } from '../errors.ts'
import { openSqlite } from './better-sqlite3.ts'
import { asDatabaseError, damaged } from './database-error.ts'
import { assertOurs, migrate, type OnMigrated } from './migrations.ts'
import { ensurePrivateFile } from './private-file.ts'
import { droppedFrom } from './schema.ts'
import { flawOf } from './soundness.ts'

/** How long opening waits for somebody else, a shell that recovers the log after a crash say. */
const OPENING_TIMEOUT_MS = 10_000
/** How long one attempt may block the event loop on somebody else's lock. */
const BUSY_TIMEOUT_MS = 20
const WAL_SIZE_AFTER_CHECKPOINT = 16 << 20
const CACHE_KIB = 4 << 10

export interface ConnectionSettings {
  readonly path: string
  /** A file without tables is a new one; otherwise it has lost them. */
  readonly mayBeEmpty: boolean
  readonly onMigrated: OnMigrated
}

/** A connection that is durable, to a database that is ours, sound and up to date. */
export interface Connected {
  readonly connection: Database
  /** Schema version. */
  readonly version: number
}

/**
 * Opens the database, makes it if there is none, and brings its schema up to date.
 *
 * @throws ClsyncError `database` when it is not ours or cannot be used, `damaged`
 */
export function connect({ path, mayBeEmpty, onMigrated }: ConnectionSettings): Connected {
  const isNew = ensurePrivateFile(path)
  const connection = open(path)
  try {
    const version = assertOurs(connection)
    if (version === 0 && !isNew && !mayBeEmpty) {
      throw damaged(`database ${path} is empty, but it was in use before`)
    }
    configure(connection)
    const flaw = flawOf(connection)
    if (flaw !== undefined) throw damaged(`database ${path} is damaged: ${flaw}`)
    const newest = migrate(connection, onMigrated)
    const dropped = version === 0 ? undefined : droppedFrom(connection)
    if (dropped !== undefined) throw damaged(`database ${path} is damaged: ${dropped} is missing`)
    connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
    return { connection, version: newest }
  } catch (error) {
    connection.close()
    throw asDatabaseError(error, path)
  }
}

function open(path: string): Database {
  try {
    return openSqlite(path, { timeout: OPENING_TIMEOUT_MS })
  } catch (error) {
    throw asDatabaseError(error, path)
  }
}

function configure(connection: Database): void {
  connection.pragma('trusted_schema = OFF')
  connection.pragma('cell_size_check = ON')
  const mode = connection.pragma('journal_mode = WAL', { simple: true })
  connection.pragma('synchronous = FULL')
  const synchronous = connection.pragma('synchronous', { simple: true })
  if (mode !== 'wal' || synchronous !== 2) {
    throw new ClsyncError('database', `${connection.name} cannot be made durable`, {
      hint: `journal_mode is ${String(mode)}, synchronous is ${String(synchronous)}: is it on a network file system?`,
    })
  }
  connection.pragma(`journal_size_limit = ${WAL_SIZE_AFTER_CHECKPOINT}`)
  connection.pragma(`cache_size = -${CACHE_KIB}`)
}
