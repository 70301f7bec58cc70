import type { Database } from 'better-sqlite3'

import { ClsyncError, describe, errnoOf } from '../errors.ts'
import { BetterSqlite3 } from './better-sqlite3.ts'
import { ensurePrivateFile } from './private-file.ts'

/**
 * One daemon a database (P9). An SQLite file beside it is held in an exclusive transaction: POSIX
 * locks die with the process, are not inherited by its scripts, and know no stale state.
 */
export class InstanceLock {
  /** Nobody had the database before: there was no lock yet. */
  readonly isFirst: boolean
  readonly #connection: Database

  /** @throws ClsyncError `locked` when another daemon has it, `database` when it cannot be had */
  constructor(databasePath: string) {
    const path = lockPathOf(databasePath)
    this.isFirst = ensurePrivateFile(path)
    this.#connection = new BetterSqlite3(path, { timeout: 0 })
    try {
      this.#connection.pragma('journal_mode = MEMORY')
      this.#connection.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      this.#connection.close()
      throw errnoOf(error) === 'SQLITE_BUSY' ? inUse(databasePath) : unusable(path, error)
    }
  }

  release(): void {
    this.#connection.close()
  }
}

/** The lock of a database. */
export function lockPathOf(databasePath: string): string {
  return `${databasePath}.lock`
}

function inUse(databasePath: string): ClsyncError {
  return new ClsyncError('locked', `${databasePath} is in use by ${holderOf(databasePath)}`, {
    hint: 'stop that one first, or give this one its own --db or --label',
  })
}

function unusable(path: string, cause: unknown): ClsyncError {
  return new ClsyncError('database', `cannot lock ${path}: ${describe(cause)}`, {
    hint: 'it has to be an empty file that can be written to; remove it if no clsync is running',
    cause,
  })
}

function holderOf(databasePath: string): string {
  try {
    const connection = new BetterSqlite3(databasePath, { readonly: true, timeout: 100 })
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
