import type { Database } from 'better-sqlite3'

import { openSqlite } from './better-sqlite3.ts'

import { describe, errnoOf } from '../errors.ts'

/** Pages that are wrong in themselves: nothing to wait for. */
const WRONG = /^SQLITE_(?:CORRUPT|NOTADB|IOERR_SHORT_READ)/

/**
 * Reads the whole database and says what is wrong with it, or undefined. A million entries and as
 * many events take about a second.
 */
export function flawOf(connection: Database): string | undefined {
  try {
    const answer: unknown = connection.pragma('quick_check(1)', { simple: true })
    return answer === 'ok' ? undefined : String(answer).replaceAll(/\s+/g, ' ')
  } catch (error) {
    if (!WRONG.test(errnoOf(error) ?? '')) throw error
    return describe(error)
  }
}

/**
 * The same, read from the disk and not from the memory of a connection that is open already. What
 * cannot be looked at now is taken for sound.
 */
export function flawOnDisk(path: string): string | undefined {
  try {
    const connection = openSqlite(path, { readonly: true, timeout: 0 })
    try {
      return flawOf(connection)
    } finally {
      connection.close()
    }
  } catch (error) {
    return WRONG.test(errnoOf(error) ?? '') ? describe(error) : undefined
  }
}
