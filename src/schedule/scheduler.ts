import type { Clock } from '../clock.ts'
import type { BytePath, SizeClass } from '../model/glossary.ts'
import { NOT_BEGUN, type RunOutcome } from '../model/run-outcome.ts'
import { Agenda, type AgendaSettings, type Wanted } from './agenda.ts'
import type { Batch, Settlement } from './backlog.ts'
import { InFlight } from './in-flight.ts'
import { type SchedulerListener, tellSettled } from './listener.ts'
import { Suspicion } from './suspicion.ts'

export interface SchedulerSettings extends AgendaSettings {
  readonly clock: Clock
  /** Runs the script; resolves when the run ended, never rejects. */
  readonly run: (batch: Batch) => Promise<RunOutcome>
  /** Runs in parallel. */
  readonly jobs: number
  /** Delay after the n-th failure, milliseconds, jittered. */
  readonly retryDelayMs: (attempt: number) => number
  readonly listener: SchedulerListener
}

/**
 * Hands events to runs when the {@link Agenda} says so, and decides with {@link Suspicion} what
 * becomes of them.
 *
 * ```text
 * held ◀──hold/release──▶ going ──stop──▶ stopped     (runs in progress are settled)
 *   └─────────abandon───────┴──────────▶ abandoned    (they are let go)
 * ```
 */
export class Scheduler {
  readonly #settings: SchedulerSettings
  readonly #suspicion: Suspicion
  readonly #agenda: Agenda
  readonly #inFlight = new InFlight()
  readonly #running = new Set<Promise<void>>()
  #bigRunning = 0
  #saidOutage = false
  /** When to ask again for what was asked for in vain, if no run ends before. */
  #moreFreeAt = Infinity
  #freedTimes = 0
  #state: 'held' | 'going' | 'stopped' | 'abandoned' = 'held'
  #pass: Promise<void> | undefined
  #passAgain = false
  #cancelTimer: () => void = () => undefined

  constructor(settings: SchedulerSettings) {
    this.#settings = settings
    this.#suspicion = new Suspicion(settings.retryDelayMs)
    this.#agenda = new Agenda(settings, this.#suspicion)
  }

  /** Number of runs in progress. */
  get running(): number {
    return this.#running.size
  }

  /** Nothing succeeds at present. */
  get isOutage(): boolean {
    return this.#suspicion.isOutage
  }

  /** Begins or goes on handing over. */
  release(): void {
    if (this.#state !== 'held') return
    this.#state = 'going'
    this.lookAgain()
  }

  /** Hands over no more, for now; runs in progress go on. */
  hold(): void {
    if (this.#state === 'going') this.#state = 'held'
  }

  /** Hands over no more, and lets runs in progress go. */
  abandon(): void {
    this.#state = 'abandoned'
    this.#cancelTimer()
  }

  /** Hands over no more; resolves when the runs in progress are settled. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#cancelTimer()
    await this.#pass
    await Promise.all(this.#running)
  }

  /** Somebody does not want to wait: tries what failed at once, as if the target were known to be up. */
  retryNow(): void {
    this.#suspicion.forgive()
    this.#saidOutage = false
    this.lookAgain()
  }

  /** The queue was changed by somebody: looks at all of it again. */
  lookAgain(): void {
    this.#freed()
    this.poke()
  }

  /** Events came. */
  poke(): void {
    this.#passAgain = true
    this.#pass ??= this.#handOverAll().catch((error: unknown) => this.#broken(error))
  }

  async #handOverAll(): Promise<void> {
    try {
      while (this.#passAgain) {
        this.#passAgain = false
        await this.#handOver()
      }
    } finally {
      this.#pass = undefined
    }
  }

  /** Begins runs until there is no room or nothing to do, and sets the timer for what comes next. */
  async #handOver(): Promise<void> {
    this.#cancelTimer()
    const { clock, backlog } = this.#settings
    while (this.#state === 'going' && this.#hasRoom('ordinary')) {
      const now = clock.now()
      if (now >= this.#moreFreeAt) this.#freed()
      this.#inFlight.keepWaiting((path) => backlog.waits(path))
      const { wanted, wakeAt } = this.#agenda.plan(now, (sizeClass) => this.#hasRoom(sizeClass))
      if (await this.#beginFirst(wanted)) continue
      this.#wakeAt(Math.min(wakeAt, this.#moreFreeAt))
      return
    }
  }

  #wakeAt(instant: number): void {
    if (this.#state !== 'going' || instant === Infinity) return
    const { clock } = this.#settings
    this.#cancelTimer = clock.after(Math.max(1, instant - clock.now()), () => this.poke())
  }

  /** Where runs may be parallel, those with big files leave a way for ordinary ones. */
  #hasRoom(sizeClass: SizeClass): boolean {
    const { jobs } = this.#settings
    if (this.#running.size >= jobs) return false
    return sizeClass === 'ordinary' || this.#bigRunning < Math.max(1, jobs - 1)
  }

  /** Claims the first that yields something, and begins its run. */
  async #beginFirst(candidates: readonly Wanted[]): Promise<boolean> {
    const { clock, backlog } = this.#settings
    for (const wanted of candidates) {
      const now = clock.now()
      const freedTimes = this.#freedTimes
      const isFree = (path: BytePath): boolean => this.#inFlight.isFree(path, now)
      const batch = await backlog.claim({ ...wanted, isFree })
      if (this.#state !== 'going') {
        // Held or stopped while the claim waited for the database.
        if (batch !== undefined) await this.#putBack(batch)
        return false
      }
      if (batch !== undefined) {
        this.#begin(batch, wanted)
        return true
      }
      // A run may have ended while the claim waited for the database.
      if (freedTimes !== this.#freedTimes || this.#inVain(wanted, now)) this.#passAgain = true
    }
    return false
  }

  async #putBack(batch: Batch): Promise<void> {
    if (this.#state === 'abandoned') return
    await this.#settings.backlog.settle(batch, NOT_BEGUN, { type: 'put back' })
  }

  #begin(batch: Batch, wanted: Wanted): void {
    const { clock, backlog, batchLimit, run } = this.#settings
    const paths = batch.events.map((event) => event.path)
    this.#inFlight.add(paths, batch.sizeClass)
    if (batch.sizeClass === 'big') {
      this.#bigRunning++
      // Others do not wait any longer for directories above it.
      this.#freed()
    }
    this.#agenda.began(wanted)
    const isPartial = wanted.state === 'suspect' && backlog.hasPart(wanted.part)
    const running = isPartial ? 'some' : 'whole'
    this.#suspicion.began(KINDS[wanted.state], partOf(batch), running, clock.now())
    const isProbe = isPartial && wanted.limit < batchLimit
    const done = run(batch)
      .then((outcome) => this.#settle(batch, outcome, isProbe))
      .catch((error: unknown) => this.#broken(error))
      .finally(() => {
        this.#inFlight.remove(paths, batch.sizeClass)
        if (batch.sizeClass === 'big') this.#bigRunning--
        this.#running.delete(done)
        this.lookAgain()
      })
    this.#running.add(done)
  }

  async #settle(batch: Batch, outcome: RunOutcome, isProbe: boolean): Promise<void> {
    if (this.#state === 'abandoned') return
    const settlement = this.#judge(batch, outcome, isProbe)
    await this.#settings.backlog.settle(batch, outcome, settlement)
    const part = partOf(batch)
    if (part !== undefined) this.#forgetIfEmpty(part)
    tellSettled(this.#settings.listener, batch, outcome, settlement)
    this.#reportOutage()
  }

  #judge(batch: Batch, outcome: RunOutcome, isProbe: boolean): Settlement {
    const { sizeClass, events } = batch
    const part = partOf(batch)
    const retryInMs = this.#retryAloneInMs(batch)
    const { failedPaths: failed } = outcome
    if (outcome.succeeded || (failed.length > 0 && failed.length < events.length)) {
      this.#suspicion.succeeded(part)
      return { type: 'acknowledge', failed, retryInMs }
    }
    // Held: what the run found was not the tree that it was told of.
    if (this.#state !== 'going') {
      this.#suspicion.learntNothing(part)
      return { type: 'put back' }
    }
    const now = this.#settings.clock.now()
    if (batch.from.state === 'isolated') {
      this.#suspicion.failedAlone(now)
      return { type: 'isolate', retryInMs }
    }
    const paths = events.length
    const verdict = this.#suspicion.failed({ part, sizeClass, paths, isProbe, now })
    return verdict.type === 'isolate' ? { type: 'isolate', retryInMs } : verdict
  }

  /** A path's own delay grows with the failures of its own, not with those of its batches. */
  #retryAloneInMs({ from, run }: Batch): number {
    return this.#settings.retryDelayMs(from.state === 'isolated' ? run.attempt : 1)
  }

  /** A part is done with when none of its events is left, whatever became of them. */
  #forgetIfEmpty(part: number): boolean {
    if (this.#settings.backlog.hasPart(part)) return false
    this.#suspicion.forget(part)
    return true
  }

  /** Nothing of this could be had. Says whether something else may be tried instead. */
  #inVain(wanted: Wanted, now: number): boolean {
    if (wanted.state === 'suspect' && this.#forgetIfEmpty(wanted.part)) return true
    if (this.#running.size === 0) return false
    const moreFreeAt = Math.min(this.#inFlight.moreFreeAt(now), now + LOOK_AGAIN_MS)
    this.#moreFreeAt = Math.min(this.#moreFreeAt, moreFreeAt)
    if (wanted.state === 'suspect') this.#suspicion.blocked(wanted.part, wanted.inOrder, now)
    else this.#agenda.inVain(wanted)
    return wanted.state === 'suspect'
  }

  /** What was asked for in vain may be had now. */
  #freed(): void {
    this.#moreFreeAt = Infinity
    this.#freedTimes++
    this.#suspicion.unblock()
    this.#agenda.freed()
  }

  #reportOutage(): void {
    const { isOutage } = this.#suspicion
    if (isOutage === this.#saidOutage) return
    this.#saidOutage = isOutage
    if (isOutage) this.#settings.listener.outageBegan()
    else this.#settings.listener.outageEnded()
  }

  #broken(error: unknown): void {
    if (this.#state !== 'abandoned') this.#settings.listener.broken(error)
  }
}

/** What was asked for in vain is asked for again at the latest after this, milliseconds. */
const LOOK_AGAIN_MS = 60_000

const KINDS = { pending: 'new', suspect: 'part', isolated: 'isolated' } as const

function partOf({ from }: Batch): number | undefined {
  return from.state === 'suspect' ? from.part : undefined
}
