import type { Clock } from '../clock.ts'
import type { LogRecord } from './log-record.ts'

/** Repetitions are told at the latest after this time. */
const LONGEST_SILENCE_MS = 10_000

/**
 * Counts records that say the same as the one before instead of passing them on, as syslogd does:
 * the count comes when something else is said, or after ten seconds.
 */
export class Repeats {
  readonly #clock: Clock
  readonly #pass: (record: LogRecord) => void
  #last: LogRecord | undefined
  #count = 0
  #cancelTimer: (() => void) | undefined

  constructor(clock: Clock, pass: (record: LogRecord) => void) {
    this.#clock = clock
    this.#pass = pass
  }

  take(record: LogRecord): void {
    if (this.#last !== undefined && saysTheSame(this.#last, record)) {
      this.#count += 1
      this.#cancelTimer ??= this.#clock.after(LONGEST_SILENCE_MS, () => this.flush())
      return
    }
    this.flush()
    this.#last = record
    this.#pass(record)
  }

  /** Tells what was counted. */
  flush(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#last === undefined || this.#count === 0) return
    const times = this.#count
    this.#count = 0
    this.#pass({
      at: this.#clock.now(),
      severity: this.#last.severity,
      event: 'log:repeated',
      message: `last message repeated ${times} ${times === 1 ? 'time' : 'times'}`,
      fields: { times, of: this.#last.event },
    })
  }
}

function saysTheSame(one: LogRecord, other: LogRecord): boolean {
  return one.message === other.message && one.event === other.event && one.hint === other.hint
}
