/**
 * Moments at which a crash matters. Crash tests make the daemon kill itself there with SIGKILL
 * (environment variable `CLSYNC_KILL_AT=<point>[:n]`, the n-th time it comes by).
 */
export type CrashPoint =
  /** Hints are durable, nothing was handed over. */
  | 'recorded'
  /** Events are claimed, their list is not written. */
  | 'claimed'
  /** The list is on disk, the script was not started. */
  | 'listed'
  /** The script has a process, which is not recorded. */
  | 'spawned'
  /** The script ended, nothing was acknowledged. */
  | 'ran'
  /** Acknowledged. */
  | 'settled'
  /** A migration was applied, its transaction is open. */
  | 'migrated'
  /** A reconcile began. */
  | 'reconcile begun'
  /** Listings of a reconcile were recorded. */
  | 'reconcile listed'
  /** All listings were recorded, the debt still stands. */
  | 'reconcile crawled'
  /** The initial sync succeeded, that is not recorded. */
  | 'initial sync ran'

/** Called at each point; may not return. */
export type OnCrashPoint = (point: CrashPoint) => void

/** Returns what kills this process at the point that `spec` names, or does nothing without one. */
export function crashAt(spec: string | undefined): OnCrashPoint {
  if (spec === undefined || spec === '') return () => undefined
  const [point, nth] = spec.split(':')
  let left = Number(nth ?? 1)
  return (passed) => {
    if (passed === point && --left === 0) process.kill(process.pid, 'SIGKILL')
  }
}
