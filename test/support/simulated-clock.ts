import type { Clock } from '../../dist/clock.js'

interface Timer {
  at: number
  readonly callback: () => void
}

/** 2026-01-01: stored times look like real ones. */
const START = Date.UTC(2026, 0, 1)

/**
 * A clock for simulations: whatever a timer sets off is done, down to the last promise, before time
 * goes on.
 */
export class SimulatedClock implements Clock {
  #now = START
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Lets time pass. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer)
      this.#now = Math.max(this.#now, timer.at)
      timer.callback()
      await settled()
    }
    this.#now = end
  }

  /** Lets time pass until the condition holds, at most so long; says whether it does. */
  async advanceUntil(condition: () => boolean, mostMs: number): Promise<boolean> {
    const end = this.#now + mostMs
    await settled()
    while (!condition()) {
      const timer = this.#next(end)
      if (timer === undefined) return false
      await this.advance(Math.max(0, timer.at - this.#now))
    }
    return true
  }

  /** Calls back the next timer, if there is one, and leaves the rest of that moment to the caller. */
  fireNext(): void {
    const timer = this.#next(Infinity)
    if (timer === undefined) return
    this.#timers.delete(timer)
    this.#now = Math.max(this.#now, timer.at)
    timer.callback()
  }

  /** The wall clock is set forward; timers go by another one. */
  leap(ms: number): void {
    this.#now += ms
    for (const timer of this.#timers) timer.at += ms
  }

  /** The machine was switched off and on: no timer is left, and the clock says something else. */
  restart(jumpMs: number): void {
    this.#timers.clear()
    this.#now += jumpMs
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer
    }
    return first
  }
}

/** Resolves when all promises that can go on have. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
