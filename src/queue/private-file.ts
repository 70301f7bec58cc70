import { closeSync, constants, fchmodSync, lstatSync, openSync } from 'node:fs'

import { ClsyncError, describe, errnoOf } from '../errors.ts'

/**
 * Makes sure that a database file exists with mode 0600 whatever the umask, and that it is a
 * regular file of our own: a symbolic link planted by somebody else would make us write elsewhere.
 * SQLite gives `-wal` and `-shm` the same mode.
 *
 * Must not be called while this process has the file open in SQLite: closing any descriptor of it
 * drops SQLite's locks (https://sqlite.org/howtocorrupt.html, 2.2).
 *
 * @returns whether it was made just now
 * @throws ClsyncError `database`
 */
export function ensurePrivateFile(path: string): boolean {
  const { O_CREAT, O_EXCL, O_RDWR, O_NOFOLLOW } = constants
  try {
    const file = openSync(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, 0o600)
    fchmodSync(file, 0o600)
    closeSync(file)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') {
      refuseForeign(path)
      return false
    }
    throw new ClsyncError('database', `cannot create the database ${path}: ${describe(error)}`, {
      hint: 'name a file in a writable directory with --db',
      cause: error,
    })
  }
}

/**
 * Refuses a database that is, or beside which somebody planted, a link for SQLite to write through.
 * SQLite itself would refuse that without a word of what it is about.
 *
 * Refuses one with a second name too: whoever opens it by that has another log for the same pages
 * (https://sqlite.org/howtocorrupt.html, 2.5).
 *
 * @throws ClsyncError `database`
 */
export function refusePlanted(databasePath: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    const path = databasePath + suffix
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) throw irregular(path)
  }
  const names = lstatSync(databasePath, { throwIfNoEntry: false })?.nlink ?? 0
  if (names > 1) throw shared(databasePath, names)
}

function refuseForeign(path: string): void {
  const stat = lstatSync(path)
  if (!stat.isFile()) throw irregular(path)
  const user = process.geteuid?.() ?? stat.uid
  if (stat.uid !== user) {
    throw new ClsyncError(
      'database',
      `database ${path} belongs to another user (uid ${stat.uid})`,
      {
        hint: 'run clsync as that user, or name another file with --db',
      },
    )
  }
}

function irregular(path: string): ClsyncError {
  return new ClsyncError('database', `database ${path} is not a regular file`, {
    hint: 'symbolic links and devices are refused: remove it, or name another file with --db',
  })
}

function shared(path: string, names: number): ClsyncError {
  return new ClsyncError('database', `database ${path} has ${names} names (hard links)`, {
    hint: 'used by two of them it would be damaged: remove the others, or name another file with --db',
  })
}
