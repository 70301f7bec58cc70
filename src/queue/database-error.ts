import { ClsyncError, describe, errnoOf } from '../errors.ts'

const WRONG = /^SQLITE_(?:CORRUPT|NOTADB)/
/** What could not be had (room, memory, a lock) says nothing of the files. */
const UNTRUSTED =
  /^SQLITE_(?:CORRUPT|NOTADB|IOERR(?!_(?:SHMSIZE|SHMMAP|SHMOPEN|SHMLOCK|LOCK|RDLOCK|NOMEM)))/

/** By the beginning of SQLite's result code. */
const HINTS: readonly (readonly [string, string])[] = [
  ['SQLITE_READONLY', 'the file, its directory or their file system is read-only for this user'],
  ['SQLITE_CANTOPEN', 'this user must be allowed to read and write it, FILE-wal and its directory'],
  ['SQLITE_FULL', 'make room on its file system'],
  ['SQLITE_IOERR_SHMSIZE', 'make room on its file system'],
]

/**
 * Returns an error of SQLite as one of ours: `damaged` when the handle must not be trusted any more,
 * not even to try again (fsyncgate), `database` otherwise. Other errors are returned as they are.
 */
export function asDatabaseError(error: unknown, path: string): unknown {
  const code = errnoOf(error) ?? ''
  if (!code.startsWith('SQLITE_')) return error
  const kind = UNTRUSTED.test(code) ? 'damaged' : 'database'
  const what = WRONG.test(code) ? `database ${path} is damaged` : `database ${path}`
  const hint = HINTS.find(([begin]) => code.startsWith(begin))?.[1]
  return new ClsyncError(kind, `${what}: ${describe(error)} (${code})`, { hint, cause: error })
}

/** What SQLite does not see itself: the database must not be used again. */
export function damaged(message: string): ClsyncError {
  return new ClsyncError('damaged', message)
}

/** SHMSIZE: there is no room for the index of the log. */
export function isFull(error: unknown): boolean {
  const code = errnoOf(error)
  return code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE'
}

/** A file could not be opened, or not for writing. */
export function isDenied(error: unknown): boolean {
  return /^SQLITE_(?:CANTOPEN|READONLY)/.test(errnoOf(error) ?? '')
}
