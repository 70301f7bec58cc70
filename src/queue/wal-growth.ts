import { statSync } from 'node:fs'

import type BetterSqlite3 from 'better-sqlite3'

import { LOCKED, type Obstacle } from './obstacle.ts'
import { copyWal, pageBytes } from './wal-state.ts'

/** How large a write-ahead log may become while a reader keeps it from being written over. */
export interface WalLimits {
  /** From this many bytes on writes come ever more seldom, and so in larger groups. */
  readonly slowBytes: number
  /** With this many bytes there are no more writes. */
  readonly mostBytes: number
}

const LIMITS: WalLimits = { slowBytes: 64 << 20, mostBytes: 1 << 30 }
const LONGEST_PAUSE_MS = 900

/** Pages in the log before it is copied to the database file, which takes two fsyncs. */
const PAGES_BEFORE_COPY = 4_000
/** The same where room is scarce: copying may need as much again. */
const FEW_PAGES_BEFORE_COPY = 100
/** Less is scarce: several times what the log, and the copy of it, may take. */
const SCARCE_BYTES = 128 << 20

/**
 * Bounds the write-ahead log. A page that is written again and again between two commits is in the
 * log once, so the log of a slow writer grows slowly, and changes that wait are put together where
 * they wait. Not even a shell that somebody forgot may fill the disk.
 */
export class WalGrowth {
  readonly #connection: BetterSqlite3.Database
  readonly #limits: WalLimits
  #writtenAt = -Infinity
  #pagesBeforeCopy = 0

  constructor(connection: BetterSqlite3.Database, limits: WalLimits = LIMITS) {
    this.#connection = connection
    this.#limits = limits
    this.setRoom(Infinity)
  }

  /** So much room is left on the disk: a log that took all of it could not be copied any more. */
  setRoom(bytes: number): void {
    const pages = bytes < SCARCE_BYTES ? FEW_PAGES_BEFORE_COPY : PAGES_BEFORE_COPY
    if (pages === this.#pagesBeforeCopy) return
    this.#pagesBeforeCopy = pages
    this.#connection.pragma(`wal_autocheckpoint = ${pages}`)
  }

  /** Says why there must be no write now, or undefined. */
  obstacle(now: number): Obstacle | undefined {
    const { slowBytes, mostBytes } = this.#limits
    if ((walBytes(this.#connection.name) ?? Infinity) < slowBytes) return undefined
    const bytes = this.#bytesInUse()
    if (bytes < slowBytes) return undefined
    const share = Math.min(1, (bytes - slowBytes) / slowBytes)
    const isTooSoon = now - this.#writtenAt < share * LONGEST_PAUSE_MS
    if (bytes < mostBytes && !isTooSoon) return undefined
    const size = `${Math.round(bytes / 2 ** 20)} MiB`
    return {
      why: `another program keeps reading from it, its log has grown to ${size}`,
      hint: LOCKED.hint,
    }
  }

  /** Something was written. */
  written(now: number): void {
    this.#writtenAt = now
  }

  /** What could be copied to the database file is not in use; the next write goes over it. */
  #bytesInUse(): number {
    const { frames, copied } = copyWal(this.#connection)
    return (frames - copied) * pageBytes(this.#connection)
  }
}

/** Bytes of a database's log on disk; undefined when that cannot be looked at now. */
export function walBytes(databasePath: string): number | undefined {
  try {
    return statSync(`${databasePath}-wal`, { throwIfNoEntry: false })?.size ?? 0
  } catch {
    return undefined
  }
}
