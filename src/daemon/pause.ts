import type { DaemonEmitter } from '../events.ts'
import type { Queue } from '../queue/queue.ts'

export interface PauseParts {
  readonly queue: Queue
  readonly events: DaemonEmitter
  /** Nobody wants to wait any longer. */
  readonly onEnded: () => void
}

/**
 * Somebody who sets `paused` in the table `daemon` holds all runs that have not begun; everything else
 * goes on. It outlives the daemon.
 */
export class Pause {
  readonly #parts: PauseParts
  #isOn = false

  constructor(parts: PauseParts) {
    this.#parts = parts
  }

  get isOn(): boolean {
    return this.#isOn
  }

  /** The database may say something else now. */
  look(): void {
    const { queue, events, onEnded } = this.#parts
    const { isPaused } = queue.daemon
    if (isPaused === this.#isOn) return
    this.#isOn = isPaused
    events.emit(isPaused ? 'runs:paused' : 'runs:resumed', {})
    if (!isPaused) onEnded()
  }
}
