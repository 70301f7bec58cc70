import type { SizeClass } from '../model/glossary.ts'
import { FailureStreak, OF_EACH_KIND, OF_ISOLATED, type TriedKind } from './failure-streak.ts'

/**
 * What failing runs mean (P5). A batch that fails is tried whole once more and then split, until the
 * paths that fail alone are known; but when nothing at all succeeds it is an outage of the target,
 * and looking for culprits would cost a run a path. So:
 *
 * ```text
 * batch fails ──▶ part, waits retrydelay ──▶ fails again ──▶ split ──▶ … ──▶ one path fails ──▶ isolated
 *                                                            (something succeeded since it first did)
 * 4 failures in a row, whatever of: outage. Parts stay as they are. In each backoff period at most 4
 * runs begin: with one path of each of two parts, the longest untried first, with an isolated path,
 * and with two batches of events that were never tried. Periods grow while that tells nothing new.
 * The first success ends it, and everything is tried again at once.
 * ```
 *
 * A part whose longest untried path cannot be had, since a run holds it (P3), waits for it until the
 * period ends and keeps its try; only then it goes on to the next. Otherwise, as the runs of a period begin
 * together, the watch directory, which is above all of them, would never have its turn.
 *
 * Paths that fail alone have a streak of their own: when all that are retried fail, at most 2 are in
 * a period, since a target that went down after naming them would cost a run a path too. It keeps
 * nothing else waiting: known culprits are no sign of an outage.
 */
export class Suspicion {
  readonly #retryDelayMs: (attempt: number) => number
  readonly #streak: FailureStreak
  readonly #isolatedStreak: FailureStreak
  /** In the order in which they are to be tried. */
  readonly #parts = new Map<number, Part>()
  /**
   * Parts of which nothing could be had, since runs hold those paths (P3), and when to try again if
   * nothing is freed before.
   */
  readonly #blocked = new Map<number, number>()
  #nextPart = 1
  #successes = 0

  /** @param retryDelayMs delay after the n-th failure in a row, milliseconds, jittered */
  constructor(retryDelayMs: (attempt: number) => number) {
    this.#retryDelayMs = retryDelayMs
    this.#streak = new FailureStreak(retryDelayMs, OF_EACH_KIND)
    this.#isolatedStreak = new FailureStreak(retryDelayMs, OF_ISOLATED)
  }

  /** Nothing succeeds: look for no culprits, try little. */
  get isOutage(): boolean {
    return this.#streak.isOutage
  }

  /** When events that were never tried, or paths that fail alone, may be tried. */
  tryAt(kind: 'new' | 'isolated', now: number): number {
    const at = this.#streak.tryAt(kind, now, this.#waiting(now))
    return kind === 'new' ? at : Math.max(at, this.#isolatedStreak.tryAt(kind, now, 0))
  }

  /** The part to try next; `hasRoom` says for which sizes there is room. */
  next(now: number, hasRoom: (sizeClass: SizeClass) => boolean): NextPart {
    const waiting = this.#waiting(now)
    let at = Infinity
    for (const [part, known] of this.#parts) {
      const { notBefore, sizeClass, waitsUntil } = known
      if (this.#isBusy(known) || !hasRoom(sizeClass)) continue
      const others = isWaiting(known, now) ? waiting - 1 : waiting
      const earliest = Math.max(notBefore, this.#streak.tryAt('part', now, others))
      at = Math.min(at, Math.max(earliest, this.#blocked.get(part) ?? 0))
      if (at > now) continue
      return { part, inOrder: this.isOutage && (waitsUntil === undefined || now < waitsUntil), at }
    }
    return { part: undefined, inOrder: false, at }
  }

  /** Nothing of the part can be had before something is freed: the others go on. */
  blocked(part: number, inOrder: boolean, now: number): void {
    const known = this.#parts.get(part)
    if (known === undefined) return
    if (inOrder) known.waitsUntil ??= this.#streak.againAt(now)
    this.#blocked.set(part, (inOrder ? known.waitsUntil : undefined) ?? Infinity)
  }

  /** Paths were freed that may have been in the way. */
  unblock(): void {
    this.#blocked.clear()
  }

  /** A run began; `part` is the part it is of, and `running` how much of it. */
  began(kind: TriedKind, part: number | undefined, running: Running, now: number): void {
    this.#streak.began(kind, now)
    if (kind === 'isolated') this.#isolatedStreak.began(kind, now)
    const tried = this.#parts.get(part ?? 0)
    if (tried === undefined) return
    tried.running = running
    tried.waitsUntil = undefined
  }

  /** A run succeeded: the target is up. `part` is the part it was of. */
  succeeded(part: number | undefined): void {
    this.#successes++
    this.#streak.end()
    this.#isolatedStreak.end()
    const tried = this.#parts.get(part ?? 0)
    if (tried !== undefined) tried.running = 'none'
    for (const waiting of this.#parts.values()) {
      if (waiting.failures > 1) waiting.notBefore = 0
      waiting.waitsUntil = undefined
    }
  }

  /** Everything may be tried again at once, although nothing succeeded. */
  forgive(): void {
    this.#streak.end()
    this.#isolatedStreak.end()
    for (const waiting of this.#parts.values()) {
      waiting.notBefore = 0
      waiting.waitsUntil = undefined
    }
  }

  /** A run of a part ended in vain: what is left of the part waits its turn. */
  learntNothing(part: number | undefined): void {
    const tried = this.#parts.get(part ?? 0)
    if (tried !== undefined) tried.running = 'none'
  }

  /** A path that fails alone failed again. */
  failedAlone(now: number): void {
    this.#isolatedStreak.lengthen('isolated', now)
  }

  /** A run failed: what to do with its events. */
  failed(run: FailedRun): Verdict {
    const { part, now } = run
    this.#streak.lengthen(part === undefined ? 'new' : 'part', now)
    const known = this.#parts.get(part ?? 0)
    if (part === undefined || known === undefined) return this.#newPart(run)
    known.running = 'none'
    known.failures++
    if (run.isProbe) return this.#again(part, known, now)
    if (run.paths === 1 && this.#successes > known.successesBefore) return this.#isolate()
    if (run.paths === 1 || this.isOutage) return this.#again(part, known, now)
    return this.#split(part, known)
  }

  /** The part has no events any more. */
  forget(part: number): void {
    this.#parts.delete(part)
    this.#blocked.delete(part)
    // Nothing is left that failed: whoever took it away does not want to wait for it.
    if (this.#parts.size === 0) this.#streak.end()
  }

  /** In an outage one path of a part is tried at a time; else a probe that hangs holds up nothing. */
  #isBusy({ running }: Part): boolean {
    return running === 'whole' || (running === 'some' && this.isOutage)
  }

  /** Parts that keep their tries. */
  #waiting(now: number): number {
    if (!this.isOutage) return 0
    let waiting = 0
    for (const part of this.#parts.values()) if (isWaiting(part, now)) waiting++
    return waiting
  }

  #newPart({ sizeClass, now }: FailedRun): Verdict {
    const part = this.#nextPart++
    const retryInMs = this.#retryDelayMs(1)
    const successesBefore = this.#successes
    const notBefore = now + retryInMs
    this.#parts.set(part, {
      sizeClass,
      failures: 1,
      notBefore,
      successesBefore,
      running: 'none',
      waitsUntil: undefined,
    })
    return { type: 'suspect', part, retryInMs }
  }

  /** To the end of the queue, so that in an outage it is not always the same one that is tried. */
  #again(part: number, known: Part, now: number): Verdict {
    known.notBefore = this.isOutage
      ? this.#streak.againAt(now)
      : now + this.#retryDelayMs(known.failures)
    this.#parts.delete(part)
    this.#parts.set(part, known)
    return { type: 'suspect', part, retryInMs: known.notBefore - now }
  }

  /** It failed although the target was up since: many such failures in a row are no outage. */
  #isolate(): Verdict {
    this.#streak.explain()
    return { type: 'isolate' }
  }

  /** Both halves come before pieces of them. */
  #split(part: number, known: Part): Verdict {
    const upper = this.#nextPart++
    this.#parts.delete(part)
    this.#parts.set(part, { ...known, notBefore: 0 })
    this.#parts.set(upper, { ...known, notBefore: 0 })
    return { type: 'split', lower: part, upper }
  }
}

/** How much of a part a run has that is in progress. */
export type Running = 'none' | 'some' | 'whole'

interface Part {
  readonly sizeClass: SizeClass
  /** Runs of this part, or of the batch it was split from, that failed. */
  failures: number
  /** Not to be run before. */
  notBefore: number
  /** Success counter when it first failed: greater now means the target was up since. */
  readonly successesBefore: number
  running: Running
  /** Its longest untried path could not be had, and until then no other one is tried. */
  waitsUntil: number | undefined
}

function isWaiting({ waitsUntil }: Part, now: number): boolean {
  return waitsUntil !== undefined && now < waitsUntil
}

/** What may be tried of the parts: one of them now, or none before an instant. */
export interface NextPart {
  readonly part: number | undefined
  /** Only the longest untried of its paths, or none. */
  readonly inOrder: boolean
  /** Infinity: none until a run ends. */
  readonly at: number
}

export interface FailedRun {
  /** The part its events were, undefined for events that were never tried. */
  readonly part: number | undefined
  readonly sizeClass: SizeClass
  /** Number of its events. */
  readonly paths: number
  /** It was one path of a larger part, tried to see whether the target is up. */
  readonly isProbe: boolean
  readonly now: number
}

/** What to do with a batch that failed. */
export type Verdict =
  | { readonly type: 'suspect'; readonly part: number; readonly retryInMs: number }
  | { readonly type: 'split'; readonly lower: number; readonly upper: number }
  | { readonly type: 'isolate' }
