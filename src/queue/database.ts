import type BetterSqlite3 from 'better-sqlite3'

import { type Clock, sleep } from '../clock.ts'
import { errnoOf } from '../errors.ts'
import { connect, type ConnectionSettings } from './connection.ts'
import { asDatabaseError, isFull } from './database-error.ts'
import { DatabaseFiles } from './database-files.ts'
import { freeBytesAt, isRoomless } from './free-room.ts'
import { WalGrowth, type WalLimits } from './wal-growth.ts'
import { copyWal, walState } from './wal-state.ts'
import { FULL_DISK, LOCKED, type Obstacle } from './obstacle.ts'

export interface DatabaseListener {
  /** A lock of somebody else or a full disk makes writing wait; called ever more seldom. */
  waiting(obstacle: Obstacle, waitedMs: number): void
  recovered(waitedMs: number): void
}

export interface DatabaseSettings extends ConnectionSettings {
  readonly clock: Clock
  readonly listener: DatabaseListener
  /** Called after a rollback: what was remembered of the transaction is void. */
  readonly onRollback: () => void
  /** Called when the disk is full: may free some room. Returns whether it did. */
  readonly makeRoom: () => boolean
  readonly walLimits?: WalLimits
}

/**
 * What a transaction outlives once it is done: the daemon alone (`SIGKILL`), or the machine as well
 * (a power cut), which takes an fsync.
 */
export type Outlives = 'daemon' | 'machine'

interface Work<T> {
  readonly body: () => T
  readonly outlives: Outlives
}

const RETRY_PAUSE_MS = 25
/** After these it is said that somebody waits; then after twice as long each time. */
const COMPLAIN_AFTER_MS = 1_000
const COMPLAIN_EVERY_MS = 600_000

/**
 * The one connection to the database. Writes go through {@link write}: immediate transactions, one
 * after the other in the order they were asked for, which wait for foreign locks and full disks
 * without blocking the event loop.
 */
export class Database {
  readonly connection: BetterSqlite3.Database
  readonly path: string
  /** Schema version. */
  readonly version: number
  readonly #settings: DatabaseSettings
  readonly #begin: BetterSqlite3.Statement
  readonly #commit: BetterSqlite3.Statement
  readonly #rollback: BetterSqlite3.Statement
  readonly #files: DatabaseFiles
  readonly #growth: WalGrowth
  #dataVersion: unknown
  /** Why the last attempt came to nothing. */
  #obstacle = LOCKED
  /** The last write that failed did so for want of room. */
  #wasRoomless = false
  #last: Promise<unknown> = Promise.resolve()

  constructor(settings: DatabaseSettings) {
    this.path = settings.path
    this.#settings = settings
    const { connection, version } = connect(settings)
    this.connection = connection
    this.version = version
    this.#files = new DatabaseFiles(connection)
    this.#growth = new WalGrowth(connection, settings.walLimits)
    this.wasWrittenByOthers()
    this.#begin = this.connection.prepare('BEGIN IMMEDIATE')
    this.#commit = this.connection.prepare('COMMIT')
    this.#rollback = this.connection.prepare('ROLLBACK')
  }

  /**
   * Runs `body` in an immediate transaction and resolves with its result once it is durable
   * (synchronous=FULL: COMMIT returns after fsync). What need not outlive the machine is on the disk
   * with the next that must. `body` may be called again after a rollback, so it must not leave traces
   * outside the database when it throws.
   */
  write<T>(body: () => T, outlives: Outlives = 'machine'): Promise<T> {
    const work = { body, outlives }
    const result = this.#last.then(() => this.#attempt(work) ?? this.#persist(work))
    this.#last = result.catch(() => undefined)
    return result.then((done) => done.value)
  }

  /** Looks how much room is left, and is careful with it. */
  lookAtRoom(): void {
    try {
      this.#growth.setRoom(freeBytesAt(this.path))
    } catch (error) {
      if (!isOfSystem(error)) throw error
    }
  }

  /** Resolves when all writes asked for so far are done. */
  async idle(): Promise<void> {
    await this.#last
  }

  /** Says whether another connection wrote since the last call. */
  wasWrittenByOthers(): boolean {
    const version: unknown = this.connection.pragma('data_version', { simple: true })
    const isOther = version !== this.#dataVersion
    this.#dataVersion = version
    return isOther
  }

  /**
   * Makes sure that our files are where they were and that nobody damaged them. If they cannot be
   * looked at now they will be the next time; that the disk fails, SQLite says itself.
   *
   * @throws ClsyncError `damaged`
   */
  assertInPlace(): void {
    try {
      this.#files.assertOurs()
    } catch (error) {
      if (isOfSystem(error)) return
      throw asDatabaseError(error, this.path)
    }
  }

  /**
   * Reads everything from the disk, which may take a second. If that cannot be done now, the next
   * time will.
   *
   * @throws ClsyncError `damaged`
   */
  assertSound(): void {
    try {
      this.#files.assertSound()
    } catch (error) {
      if (isOfSystem(error)) return
      throw asDatabaseError(error, this.path)
    }
  }

  close(): void {
    this.connection.close()
  }

  /** One try; undefined when it has to be tried again later. */
  #attempt<T>(work: Work<T>): { readonly value: T } | undefined {
    const now = this.#settings.clock.now()
    try {
      const obstacle = this.#growth.obstacle(now)
      if (obstacle !== undefined) {
        this.#obstacle = obstacle
        return undefined
      }
      const value = this.#transact(work)
      this.#growth.written(now)
      return { value }
    } catch (error) {
      this.#settings.onRollback()
      const lacksRoom = this.#lacksRoom(error)
      if (!lacksRoom && !isLock(error)) throw asDatabaseError(error, this.path)
      this.#obstacle = lacksRoom ? FULL_DISK : LOCKED
      if (lacksRoom) this.#makeRoom()
      return undefined
    }
  }

  #transact<T>({ body, outlives }: Work<T>): T {
    if (outlives === 'daemon') this.connection.pragma('synchronous = NORMAL')
    try {
      this.#begin.run()
      const value = body()
      this.#commit.run()
      return value
    } finally {
      if (this.connection.inTransaction) this.#rollback.run()
      if (outlives === 'daemon') this.connection.pragma('synchronous = FULL')
    }
  }

  /** A log that was copied is written over from its beginning; that too may need room at first. */
  #makeRoom(): void {
    if (this.#copyWal()) return
    if (this.#settings.makeRoom()) this.#copyWal()
  }

  /** Returns whether it brought anything. */
  #copyWal(): boolean {
    try {
      return walState(this.connection).copied < copyWal(this.connection).copied
    } catch (error) {
      if (isLock(error) || this.#lacksRoom(error)) return false
      throw asDatabaseError(error, this.path)
    }
  }

  /** SQLite (3.53) takes a quota that is used up (EDQUOT) for a disk that fails: so it is looked at. */
  #lacksRoom(error: unknown): boolean {
    if (isFull(error)) return true
    if (errnoOf(error) !== 'SQLITE_IOERR_WRITE') return false
    // Room may have come between the write and this: then once more.
    const wasRoomless = this.#wasRoomless
    this.#wasRoomless = isRoomless(this.path)
    return this.#wasRoomless || wasRoomless
  }

  async #persist<T>(work: Work<T>): Promise<{ readonly value: T }> {
    const { clock, listener } = this.#settings
    const since = clock.now()
    let complainedAfterMs = 0
    for (;;) {
      await sleep(RETRY_PAUSE_MS)
      const done = this.#attempt(work)
      const now = clock.now()
      if (done !== undefined) {
        if (complainedAfterMs > 0) listener.recovered(now - since)
        return done
      }
      const waitedMs = now - since
      if (waitedMs >= nextComplaintMs(complainedAfterMs)) {
        complainedAfterMs = waitedMs
        listener.waiting(this.#obstacle, waitedMs)
      }
    }
  }
}

function nextComplaintMs(lastMs: number): number {
  return Math.max(COMPLAIN_AFTER_MS, lastMs + Math.min(lastMs, COMPLAIN_EVERY_MS))
}

function isLock(error: unknown): boolean {
  const code = errnoOf(error) ?? ''
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')
}

function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
