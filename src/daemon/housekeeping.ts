import type { Clock } from '../clock.ts'
import type { DaemonEmitter } from '../events.ts'
import { walBytes } from '../queue/wal-growth.ts'
import type { Queue } from '../queue/queue.ts'

export interface HousekeepingParts {
  readonly queue: Queue
  readonly db: string
  readonly clock: Clock
  readonly events: DaemonEmitter
  /** Lines of the table `status` as they should be. */
  readonly status: () => Readonly<Record<string, string>>
  /** The machine slept, or this process was stopped: things may have changed unseen. */
  readonly onResumed: () => void
  /** Called each time; says whether the watch directory is there. */
  readonly onTick: () => boolean
  /** Somebody else wrote to the database, or timers may be late after a sleep: look again. */
  readonly onLookAgain: () => void
  readonly onFailed: (error: unknown) => void
}

/** Until everything is watched there is no time to lose; but it may take long. */
const FIRST_AFTER_MS = 250
const EVERY_MS = 2_000
/** The same after {@link QUIET_TICKS} times in which nothing had changed: each wakes the processor. */
const QUIET_EVERY_MS = 5_000
const QUIET_TICKS = 5
/** A tick that comes so late means that nobody was awake. */
const ASLEEP_MS = 60_000
/** A write-ahead log of this size is told of, then again each time it doubles. */
const LARGE_WAL = 64 << 20

/** What has to be looked at from time to time; does nothing to the disk while nothing changes. */
export class Housekeeping {
  readonly #parts: HousekeepingParts
  readonly #written = new Map<string, string>()
  #toldWal = LARGE_WAL / 2
  /** How often in a row nothing had changed. */
  #quietTicks = 0
  #dueAt = Infinity
  #cancelTimer: () => void = () => undefined
  #isLooking = false
  /** Somebody wants it looked at once more. */
  #isAsked = false
  #stopped = false

  constructor(parts: HousekeepingParts) {
    this.#parts = parts
  }

  /** Looks from time to time from now on, for the first time a moment later. */
  start(): void {
    this.#lookIn(FIRST_AFTER_MS)
  }

  /** Looks now. */
  look(): void {
    this.#cancelTimer()
    this.#isAsked = this.#isLooking
    if (this.#isLooking) return
    this.#isLooking = true
    this.#lookAround().then(
      (pauseMs) => {
        this.#isLooking = false
        if (!this.#stopped) this.#lookIn(this.#isAsked ? 0 : pauseMs)
      },
      (error: unknown) => this.#parts.onFailed(error),
    )
  }

  stop(): void {
    this.#stopped = true
    this.#cancelTimer()
  }

  #lookIn(ms: number): void {
    this.#dueAt = this.#parts.clock.now() + ms
    this.#cancelTimer = this.#parts.clock.after(ms, () => this.look())
  }

  /** Resolves with the pause until the next time. */
  async #lookAround(): Promise<number> {
    const { queue, clock, onLookAgain, onResumed, onTick } = this.#parts
    const wasAsleep = clock.now() - this.#dueAt > ASLEEP_MS
    if (wasAsleep) onResumed()
    // A database in the watch directory goes away, and comes back, with it.
    if (onTick()) {
      queue.assertInPlace()
      queue.prepareForFullDisk()
    }
    const wasWritten = queue.wasWrittenByOthers()
    if (wasWritten || wasAsleep) onLookAgain()
    this.#lookAtWal()
    await queue.tidy(clock.now())
    const isQuiet = this.#stopped || (!(await this.#writeStatus()) && !wasWritten)
    this.#quietTicks = isQuiet ? this.#quietTicks + 1 : 0
    return this.#quietTicks < QUIET_TICKS ? EVERY_MS : QUIET_EVERY_MS
  }

  #lookAtWal(): void {
    const bytes = walBytes(this.#parts.db)
    if (bytes === undefined) return
    if (bytes < LARGE_WAL) this.#toldWal = LARGE_WAL / 2
    if (bytes < 2 * this.#toldWal) return
    this.#toldWal = bytes
    this.#parts.events.emit('database:wal-grown', { path: this.#parts.db, bytes })
  }

  /** Resolves with whether there was something to write. */
  async #writeStatus(): Promise<boolean> {
    const { queue, clock, status } = this.#parts
    const changed = Object.entries(status()).filter(
      ([name, value]) => this.#written.get(name) !== value,
    )
    if (changed.length === 0) return false
    const now = clock.now()
    await queue.note(() => {
      for (const [name, value] of changed) queue.daemon.setStatus(name, value, now)
    })
    for (const [name, value] of changed) this.#written.set(name, value)
    return true
  }
}
