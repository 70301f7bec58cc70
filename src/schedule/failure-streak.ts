/** Failures in a row that make an outage. */
const OUTAGE = 4
/** Runs that may begin in one backoff period of an outage. */
const MOST = 4
const NONE: Tries = { new: 0, part: 0, isolated: 0 }

/** A batch of events that were never tried, a part of one that failed, or a path that fails alone. */
export type TriedKind = 'new' | 'part' | 'isolated'
type Tries = Readonly<Record<TriedKind, number>>

/** How many of the runs of a period may be of each kind. */
export const OF_EACH_KIND: Tries = { new: 2, part: 2, isolated: 1 }
/** Where there is nothing but paths that fail alone. */
export const OF_ISOLATED: Tries = { new: 0, part: 0, isolated: 2 }

/**
 * Failures in a row, and how many runs may be spent on finding out whether they go on. Time since
 * the first failure is cut into backoff periods, the n-th as long as the delay after n failures.
 */
export class FailureStreak {
  readonly #retryDelayMs: (attempt: number) => number
  readonly #mostOfAKind: Tries
  #length = 0
  #period = 0
  #periodEndsAt = 0
  #begun: Record<TriedKind, number> = { ...NONE }

  /** @param retryDelayMs delay after the n-th failure in a row, milliseconds, jittered */
  constructor(retryDelayMs: (attempt: number) => number, mostOfAKind: Tries) {
    this.#retryDelayMs = retryDelayMs
    this.#mostOfAKind = mostOfAKind
  }

  get isOutage(): boolean {
    return this.#length >= OUTAGE
  }

  /**
   * When a run may begin: now, or at the end of the backoff period. `keptParts` parts wait for runs
   * in progress, and each of them keeps its try.
   */
  tryAt(kind: TriedKind, now: number, keptParts: number): number {
    if (!this.isOutage || now >= this.#periodEndsAt) return now
    const tries = { ...this.#begun, part: this.#begun.part + keptParts }
    const all = tries.new + tries.part + tries.isolated
    return tries[kind] >= this.#mostOfAKind[kind] || all >= MOST ? this.#periodEndsAt : now
  }

  /** When what failed may be tried again. */
  againAt(now: number): number {
    return Math.max(now, this.#periodEndsAt)
  }

  /** A run began. */
  began(kind: TriedKind, now: number): void {
    if (this.#length === 0) return
    if (now >= this.#periodEndsAt) this.#beginPeriod(now)
    this.#begun[kind]++
  }

  /** A run failed. */
  lengthen(kind: TriedKind, now: number): void {
    this.#length++
    if (this.#length > 1) return
    this.#period = 0
    this.#beginPeriod(now)
    this.#begun[kind]++
  }

  /** The failure was the path's own: the periods to come start short again. */
  explain(): void {
    this.#period = 0
  }

  /** A run succeeded. */
  end(): void {
    this.#length = 0
  }

  #beginPeriod(now: number): void {
    this.#period++
    this.#periodEndsAt = now + this.#retryDelayMs(this.#period)
    this.#begun = { ...NONE }
  }
}
