/** The kernel's queue of 16,384 events takes 50 ms to fill at the fastest rate seen. */
const BETWEEN_READINGS_MS = 2
/** Directories are opened anew for each packet, and the main thread commits each. */
const BETWEEN_PACKETS_MS = 8
/** The same while changes keep coming: a file that is written now is looked at once, not five times. */
const MOST_BETWEEN_PACKETS_MS = 64

/**
 * When to read the kernel's queue and send hints again. What comes after a quiet time is handled at
 * once, and what comes in a burst by the hundreds: the longer it lasts, the more at a time.
 */
export class Pace {
  #readAt = -Infinity
  #sentAt = -Infinity
  #betweenPacketsMs = BETWEEN_PACKETS_MS

  /** The kernel's queue was read. */
  read(): void {
    this.#readAt = performance.now()
  }

  /** Hints were sent. */
  sent(): void {
    const now = performance.now()
    const isBurst = now - this.#sentAt < 2 * this.#betweenPacketsMs
    this.#betweenPacketsMs = isBurst
      ? Math.min(2 * this.#betweenPacketsMs, MOST_BETWEEN_PACKETS_MS)
      : BETWEEN_PACKETS_MS
    this.#sentAt = now
  }

  /** Milliseconds until the queue should be read again. */
  get readInMs(): number {
    return left(this.#readAt, BETWEEN_READINGS_MS)
  }

  /** Milliseconds until hints should be sent again. */
  get sendInMs(): number {
    return left(this.#sentAt, this.#betweenPacketsMs)
  }
}

function left(since: number, ms: number): number {
  return Math.max(0, Math.ceil(since + ms - performance.now()))
}
