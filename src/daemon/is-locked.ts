import { readFileSync, statSync } from 'node:fs'

/**
 * Guesses whether another daemon has the lock of a database, without loading what takes it. Only
 * Linux says so; elsewhere, and of processes that cannot be seen from here, it is taken for free.
 */
export function isLocked(db: string): boolean {
  try {
    const { ino } = statSync(`${db}.lock`, { bigint: true })
    const locks = readFileSync('/proc/locks', 'latin1').split('\n')
    return locks.some((lock) => lock.includes(' POSIX ') && lock.includes(`:${ino} `))
  } catch {
    return false
  }
}
