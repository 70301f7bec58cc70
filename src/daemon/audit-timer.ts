import type { Clock } from '../clock.ts'

/** Calls back at jittered intervals, between 3/4 and 5/4 of the one asked for. */
export class AuditTimer {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #random: () => number
  readonly #due: () => void
  #cancel: () => void = () => undefined

  /** @param intervalMs milliseconds, 0 for never */
  constructor(clock: Clock, intervalMs: number, random: () => number, due: () => void) {
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#random = random
    this.#due = due
  }

  start(): void {
    if (this.#intervalMs === 0) return
    const wait = this.#intervalMs * (0.75 + this.#random() / 2)
    this.#cancel = this.#clock.after(wait, () => {
      this.#due()
      this.start()
    })
  }

  stop(): void {
    this.#cancel()
  }
}
