import { setTimeout as delay } from 'node:timers/promises'

/** Time as an argument, so that the core can be simulated. */
export interface Clock {
  /** Milliseconds since the epoch, never going backwards while the process lives. */
  now(): number
  /** Calls back once after `ms`; returns what cancels it. */
  after(ms: number, callback: () => void): () => void
}

/** Node's timers overflow above this and fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * The machine's clock. It follows the wall clock forwards (a resumed laptop, a corrected clock) and
 * goes on at the speed of the monotonic clock when the wall clock jumps back, so that no delay is
 * ever stretched by a jump.
 */
export function systemClock(): Clock {
  let anchor = Date.now() - performance.now()
  return {
    now() {
      const wall = Date.now()
      const elapsed = performance.now()
      anchor = Math.max(anchor, wall - elapsed)
      return Math.floor(anchor + elapsed)
    },
    after(ms, callback) {
      const timer = setTimeout(callback, Math.min(Math.max(0, ms), LONGEST_TIMER_MS))
      return () => clearTimeout(timer)
    },
  }
}

/** Resolves after `ms` of real time. */
export async function sleep(ms: number): Promise<void> {
  await delay(ms)
}
