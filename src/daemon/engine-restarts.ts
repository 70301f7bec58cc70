import type { Clock } from '../clock.ts'
import { ClsyncError } from '../errors.ts'
import type { DaemonEmitter } from '../events.ts'

export interface EngineRestartsParts {
  readonly clock: Clock
  readonly events: DaemonEmitter
  /** Watch and compare again. */
  readonly restart: () => void
}

const PAUSE_MS = 1_000
/** An engine that failed so often in so long a time will not do. */
const MOST_FAILURES = 5
const PERIOD_MS = 10 * 60_000

/**
 * Starts an engine again that could not go on, a few times: what happened meanwhile is found by
 * comparing, and a daemon that ended would find it no sooner.
 */
export class EngineRestarts {
  readonly #parts: EngineRestartsParts
  #failures: number[] = []
  #cancelTimer: () => void = () => undefined

  constructor(parts: EngineRestartsParts) {
    this.#parts = parts
  }

  /** Something failed. Returns whether it was the engine, and it will be started again. */
  after(error: unknown): boolean {
    if (!(error instanceof ClsyncError) || error.code !== 'engine') return false
    const { clock, events, restart } = this.#parts
    const now = clock.now()
    this.#failures = [...this.#failures.filter((at) => now - at < PERIOD_MS), now]
    if (this.#failures.length >= MOST_FAILURES) return false
    events.emit('watch:problem', {
      path: '',
      message: `${error.message}: watching again`,
      hint: error.hint,
    })
    this.#cancelTimer()
    this.#cancelTimer = clock.after(PAUSE_MS, restart)
    return true
  }

  stop(): void {
    this.#cancelTimer()
  }
}
