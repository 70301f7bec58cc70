/** The kernel's queue of 16,384 events takes 50 ms to fill at the fastest rate seen. */
const BETWEEN_READINGS_MS = 2
/** Directories are opened anew for each packet, and the main thread commits each. */
const BETWEEN_PACKETS_MS = 8

/**
 * When to read the kernel's queue and send hints again. What comes after a quiet time is handled at
 * once, and what comes in a burst by the hundreds.
 */
export class Pace {
  #readAt = -Infinity
  #sentAt = -Infinity

  /** The kernel's queue was read. */
  read(): void {
    this.#readAt = performance.now()
  }

  /** Hints were sent. */
  sent(): void {
    this.#sentAt = performance.now()
  }

  /** Milliseconds until the queue should be read again. */
  get readInMs(): number {
    return left(this.#readAt, BETWEEN_READINGS_MS)
  }

  /** Milliseconds until hints should be sent again. */
  get sendInMs(): number {
    return left(this.#sentAt, BETWEEN_PACKETS_MS)
  }
}

function left(since: number, ms: number): number {
  return Math.max(0, Math.ceil(since + ms - performance.now()))
}
