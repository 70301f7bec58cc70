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
  #isFirstTick = true
  #stopped = false

  constructor(parts: HousekeepingParts) {
    this.#parts = parts
  }

  start(): void {
    this.#tick().catch((error: unknown) => this.#parts.onFailed(error))
  }

  stop(): void {
    this.#stopped = true
    this.#cancelTimer()
  }

  async #tick(): Promise<void> {
    const { queue, clock, onLookAgain, onResumed, onTick } = this.#parts
    const wasAsleep = clock.now() - this.#dueAt > ASLEEP_MS
    if (wasAsleep) onResumed()
    // A database in the watch directory goes away, and comes back, with it.
    if (onTick()) {
      queue.assertInPlace()
      // At a start it takes long: the session does it, once everything is watched.
      if (!this.#isFirstTick) queue.prepareForFullDisk()
    }
    const wasWritten = queue.wasWrittenByOthers()
    if (wasWritten || wasAsleep) onLookAgain()
    this.#lookAtWal()
    this.#isFirstTick = false
    await queue.tidy(clock.now())
    if (this.#stopped) return
    const isQuiet = !(await this.#writeStatus()) && !wasWritten
    if (this.#stopped) return
    this.#quietTicks = isQuiet ? this.#quietTicks + 1 : 0
    const pauseMs = this.#quietTicks < QUIET_TICKS ? EVERY_MS : QUIET_EVERY_MS
    this.#dueAt = clock.now() + pauseMs
    this.#cancelTimer = clock.after(pauseMs, () => this.start())
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
