import type { Database } from 'better-sqlite3'

import { ClsyncError, describe, errnoOf } from '../errors.ts'
import { openSqlite } from './better-sqlite3.ts'
import { fileIdentityAt } from './file-identity.ts'
import { ensurePrivateFile } from './private-file.ts'

interface Hold {
  readonly connection: Database
  readonly identity: string | undefined
  readonly isNew: boolean
}

/**
 * One daemon a database (P9). An SQLite file beside it is held in an exclusive transaction: POSIX
 * locks die with the process, are not inherited by its scripts, and know no stale state.
 */
export class InstanceLock {
  /** Nobody had the database before: there was no lock yet. */
  readonly isFirst: boolean
  readonly #path: string
  #hold: Hold

  /** @throws ClsyncError `locked` when another daemon has it, `database` when it cannot be had */
  constructor(databasePath: string) {
    this.#path = lockPathOf(databasePath)
    this.#hold = hold(this.#path, () => inUse(databasePath))
    this.isFirst = this.#hold.isNew
  }

  /**
   * Takes the lock anew when its file was deleted or replaced: one without a name keeps nobody out.
   *
   * @throws ClsyncError `locked` when another daemon was faster, `database` when it cannot be had
   */
  assertInPlace(): void {
    if (this.#isInPlace()) return
    // Before the new one is taken, since it may be the same that came back.
    this.release()
    this.#hold = hold(this.#path, () => takenOver(this.#path))
  }

  release(): void {
    this.#hold.connection.close()
  }

  /** What cannot be looked at now will be the next time. */
  #isInPlace(): boolean {
    try {
      return fileIdentityAt(this.#path) === this.#hold.identity
    } catch {
      return true
    }
  }
}

/** The lock of a database. */
export function lockPathOf(databasePath: string): string {
  return `${databasePath}.lock`
}

function hold(path: string, refusal: () => ClsyncError): Hold {
  const isNew = ensurePrivateFile(path)
  // Before it is opened: should another file be opened than this one, that is noticed later.
  const identity = fileIdentityAt(path)
  const connection = openSqlite(path, { timeout: 0 })
  try {
    connection.pragma('journal_mode = MEMORY')
    connection.exec('BEGIN EXCLUSIVE')
    return { connection, identity, isNew }
  } catch (error) {
    connection.close()
    throw errnoOf(error) === 'SQLITE_BUSY' ? refusal() : unusable(path, error)
  }
}

function inUse(databasePath: string): ClsyncError {
  return new ClsyncError('locked', `${databasePath} is in use by ${holderOf(databasePath)}`, {
    hint: 'stop that one first, or give this one its own --db or --label',
  })
}

function takenOver(path: string): ClsyncError {
  return new ClsyncError(
    'locked',
    `lock ${path} was deleted or replaced while in use, and another clsync has the new one`,
    { hint: 'that one goes on alone; do not touch the lock of a running clsync' },
  )
}

function unusable(path: string, cause: unknown): ClsyncError {
  return new ClsyncError('database', `cannot lock ${path}: ${describe(cause)}`, {
    hint: 'it has to be an empty file that can be written to; remove it if no clsync is running',
    cause,
  })
}

function holderOf(databasePath: string): string {
  try {
    const connection = openSqlite(databasePath, { readonly: true, timeout: 100 })
    try {
      const pid: unknown = connection.prepare('SELECT pid FROM daemon').pluck().get()
      return `a running clsync (pid ${String(pid)})`
    } finally {
      connection.close()
    }
  } catch {
    return 'a running clsync'
  }
}
