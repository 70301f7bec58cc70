import type { Clock } from '../clock.ts'

/** Something that goes on is told this often, and not at all when it ends sooner. */
const PACE_MS = 10_000

/** After such a silence it is something else that goes on. */
const SILENCE_MS = 30_000

/** Lets through one event every ten seconds of those that come all the time. */
export class ProgressPace {
  readonly #clock: Clock
  #toldAt = -Infinity
  #seenAt = -Infinity

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Says whether it is time to tell again. After a silence it begins anew. */
  isDue(): boolean {
    const now = this.#clock.now()
    const goesOn = now - this.#seenAt < SILENCE_MS
    this.#seenAt = now
    if (goesOn && now - this.#toldAt < PACE_MS) return false
    this.#toldAt = now
    return goesOn
  }
}
