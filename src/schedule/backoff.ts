/** How long failed work waits before it is tried again. */
export interface BackoffLimits {
  /** Milliseconds before the second try; 0: no waiting at all. */
  readonly baseMs: number
  /** Milliseconds that no wait exceeds. */
  readonly maxMs: number
}

/** Doublings after which any sensible base has met its maximum; more would only overflow. */
const MOST_DOUBLINGS = 40

/**
 * Returns how many milliseconds to wait after the failed try `attempt` (1 for the first):
 * `min(max, base · 2^(attempt-1))` with equal jitter, half fixed and half random, as pg-boss has it.
 * So a delay is never below half of what it should be, and work that failed together does not come
 * back together.
 * `random` returns numbers in [0, 1).
 */
export function retryDelayMs(attempt: number, limits: BackoffLimits, random: () => number): number {
  const doublings = Math.min(Math.max(attempt, 1) - 1, MOST_DOUBLINGS)
  const full = Math.min(limits.maxMs, limits.baseMs * 2 ** doublings)
  return Math.round(full / 2 + random() * (full / 2))
}
