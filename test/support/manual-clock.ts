import type { Clock } from '../../dist/clock.js'

/** A clock that goes where the test sends it. */
export interface ManualClock extends Clock {
  /** Goes on and calls what has become due, in order. */
  advance(ms: number): void
}

/** Returns a clock that stands still at `startMs`. */
export function manualClock(startMs: number = 0): ManualClock {
  let nowMs = startMs
  let timers: Array<{ readonly at: number; readonly callback: () => void }> = []
  return {
    now: () => nowMs,
    after(ms, callback) {
      const timer = { at: nowMs + ms, callback }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    advance(ms) {
      const end = nowMs + ms
      for (;;) {
        const due = timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        timers = timers.filter((timer) => timer !== due)
        nowMs = due.at
        due.callback()
      }
      nowMs = end
    },
  }
}
