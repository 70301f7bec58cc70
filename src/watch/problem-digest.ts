import type { WatchProblem } from './contract.ts'

/** Problems of one errno told one by one in a period; the rest are counted. */
const TOLD_SINGLY = 10
const PERIOD_MS = 10_000

interface Kind {
  readonly since: number
  count: number
  last: WatchProblem
}

/**
 * Passes problems on, but not a hundred thousand alike: when a limit is reached, every directory
 * fails for the same reason.
 */
export class ProblemDigest {
  readonly #post: (problem: WatchProblem) => void
  readonly #kinds = new Map<string, Kind>()

  constructor(post: (problem: WatchProblem) => void) {
    this.#post = post
  }

  /** @param now milliseconds of any clock that does not go back */
  add(problem: WatchProblem, now: number): void {
    const kind = this.#kinds.get(problem.errno)
    if (kind === undefined) {
      this.#kinds.set(problem.errno, { since: now, count: 1, last: problem })
      return this.#post(problem)
    }
    kind.count += 1
    kind.last = problem
    if (kind.count <= TOLD_SINGLY) this.#post(problem)
  }

  /** Tells of the periods that are over how many more there were; call it now and then. */
  settle(now: number): void {
    for (const [errno, kind] of this.#kinds) {
      if (now - kind.since < PERIOD_MS) continue
      this.#kinds.delete(errno)
      if (kind.count > TOLD_SINGLY) this.#post(summary(kind))
    }
  }
}

function summary({ count, last }: Kind): WatchProblem {
  return { ...last, message: `${count - TOLD_SINGLY} more like this, at last: ${last.message}` }
}
