import type { Clock } from '../clock.ts'
import type { DaemonEmitter } from '../events.ts'
import type { BytePath, ReconcileReason } from '../model/glossary.ts'
import type { DeleteLimit } from '../options.ts'
import type { BrakeVerdict } from '../queue/held-deletions.ts'
import type { OwedReconcile } from '../queue/owed.ts'
import type { Queue } from '../queue/queue.ts'
import type { Recorded } from '../queue/recorded.ts'
import type { OnCrashPoint } from './crash-points.ts'

export interface ReconcilerParts {
  readonly queue: Queue
  readonly clock: Clock
  readonly events: DaemonEmitter
  readonly maxDelete: DeleteLimit
  /** Asks the watch thread to crawl; returns the crawl's number. */
  readonly crawl: (path: BytePath, pace: 'fast' | 'gently') => number
  /** Asks that the crawl under way leaves nothing to others any more. */
  readonly hurry: () => void
  readonly at: OnCrashPoint
  /** Events became pending. */
  readonly onPending: () => void
  readonly onFailed: (error: unknown) => void
}

interface Active {
  readonly owed: OwedReconcile
  readonly crawl: number
  readonly startedAt: number
  /** Paths whose deletion was held when it began. */
  readonly heldBefore: number
  pace: 'fast' | 'gently'
  differences: number
  progress: ReconcileProgress | undefined
}

/** How far a crawl is. */
interface ReconcileProgress {
  readonly directories: number
  readonly entries: number
  readonly entriesPerSecond: number
}

/** Reasons that may come back as soon as they were dealt with. */
const REPEATING: ReadonlySet<ReconcileReason> = new Set([
  'overflow',
  'watch lost',
  'too many hints',
])
/** A path compared again within this time is compared ever later: P4 must not become a busy loop. */
const RECENT_MS = 10 * 60_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

/**
 * Pays the debts of the table `reconcile`, one after the other: crawl, compare, queue the
 * difference. The comparing is done by the recorder as the listings come in.
 *
 * ```text
 * idle ──owed──▶ crawling ──crawled──▶ judged (brake) ──▶ settled ──▶ idle
 *   ▲                                                                  │
 *   └──────────── pause, when the same path was just compared ◀────────┘
 * ```
 */
export class Reconciler {
  readonly #parts: ReconcilerParts
  #active: Active | undefined
  #starting = false
  #running = false
  #cancelTimer: () => void = () => undefined
  readonly #recent = new Map<BytePath, { finishedAt: number; repeats: number }>()

  constructor(parts: ReconcilerParts) {
    this.#parts = parts
  }

  /** The debt being paid, as it stands now: it may have grown meanwhile. */
  get current(): OwedReconcile | undefined {
    const active = this.#active
    if (active === undefined) return undefined
    return this.#parts.queue.owed.find(active.owed.path) ?? active.owed
  }

  /** How far the one being paid is, if its crawl takes so long that it said so. */
  get progress(): ReconcileProgress | undefined {
    return this.#active?.progress
  }

  /** Begins or goes on working. */
  start(): void {
    this.#running = true
    // What another watcher was asked for will not come.
    this.#active = undefined
    this.poke()
  }

  /** Stops working: what was begun stays owed. */
  stop(): void {
    this.#running = false
    this.#active = undefined
    this.#cancelTimer()
  }

  /** Something may be owed. */
  poke(): void {
    const active = this.#active
    if (!this.#running || this.#starting || active?.pace === 'fast') return
    this.#cancelTimer()
    const next = this.#next()
    if (next === undefined) return
    const wait = next.startAt - this.#parts.clock.now()
    if (wait > 0) {
      this.#cancelTimer = this.#parts.clock.after(wait, () => this.poke())
      return
    }
    if (active !== undefined) return this.#hurry(active)
    this.#starting = true
    this.#begin(next.owed).catch((error: unknown) => this.#parts.onFailed(error))
  }

  /** A packet was recorded; `crawled` ends the crawl. */
  async recorded(recorded: Recorded): Promise<void> {
    const active = this.#active
    if (active === undefined) return
    active.differences += recorded.differences
    const isComplete = recorded.crawled?.crawl === active.crawl
    if (isComplete || recorded.differences > 0) this.#parts.at('reconcile listed')
    if (isComplete) await this.#finish(active, recorded.crawled)
  }

  progressed(crawl: number, directories: number, entries: number): void {
    const active = this.#active
    if (active === undefined || active.crawl !== crawl) return
    const { path, reason } = active.owed
    const seconds = Math.max(1, this.#parts.clock.now() - active.startedAt) / 1_000
    const entriesPerSecond = Math.round(entries / seconds)
    active.progress = { directories, entries, entriesPerSecond }
    this.#parts.events.emit('reconcile:progress', { path, reason, ...active.progress })
  }

  #next(): { readonly owed: OwedReconcile; readonly startAt: number } | undefined {
    let best: { readonly owed: OwedReconcile; readonly startAt: number } | undefined
    const now = this.#parts.clock.now()
    for (const owed of this.#parts.queue.owed.all()) {
      if (this.#isBeingPaid(owed)) continue
      const startAt = this.#notBefore(owed.path)
      if (startAt <= now) return { owed, startAt }
      if (best === undefined || startAt < best.startAt) best = { owed, startAt }
    }
    return best
  }

  /** Another audit of what is audited just now is as gentle. */
  #isBeingPaid({ path, reason, generation }: OwedReconcile): boolean {
    const owed = this.#active?.owed
    return owed?.path === path && (owed.generation === generation || reason === 'audit')
  }

  #notBefore(path: BytePath): number {
    const recent = this.#recent.get(path)
    if (recent === undefined) return 0
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (recent.repeats - 1))
    return recent.finishedAt + pause
  }

  async #begin(owed: OwedReconcile): Promise<void> {
    const { queue, clock, events, crawl } = this.#parts
    const heldBefore = queue.held.paths
    await queue.write(() => queue.beginReconcile(owed.path))
    this.#starting = false
    if (!this.#running) return
    const pace = owed.reason === 'audit' ? 'gently' : 'fast'
    this.#active = {
      owed,
      crawl: crawl(owed.path, pace),
      startedAt: clock.now(),
      heldBefore,
      pace,
      differences: 0,
      progress: undefined,
    }
    events.emit('reconcile:started', { path: owed.path, reason: owed.reason })
    this.#parts.at('reconcile begun')
    this.poke()
  }

  /** Something else waits for its end: a gentle one takes five times as long. */
  #hurry(active: Active): void {
    active.pace = 'fast'
    this.#parts.hurry()
  }

  async #finish(
    active: Active,
    { directories, entries }: { readonly directories: number; readonly entries: number },
  ): Promise<void> {
    const { queue, clock, events, maxDelete, at } = this.#parts
    const { path, reason, generation } = active.owed
    at('reconcile crawled')
    const now = clock.now()
    const verdict = await queue.write(() => {
      const judged = queue.held.judge(maxDelete, now, path)
      const paid = queue.owed.settle(path, generation)
      if (paid && path === '') queue.daemon.setCatalogued(now)
      return judged
    })
    this.#active = undefined
    this.#remember(active.owed, now)
    const { differences } = active
    const tookMs = now - active.startedAt
    events.emit('reconcile:finished', { path, reason, directories, entries, differences, tookMs })
    this.#tellOfBrake(active, verdict)
    this.#parts.onPending()
    this.poke()
  }

  #tellOfBrake({ heldBefore }: Active, verdict: BrakeVerdict | undefined): void {
    const { events, maxDelete } = this.#parts
    if (verdict?.verdict === 'held') {
      const limit = maxDelete.unit === 'percent' ? `${maxDelete.limit}%` : `${maxDelete.limit}`
      events.emit('deletions:held', { count: verdict.count, of: verdict.of, limit })
    } else if (heldBefore > 0 && !this.#parts.queue.held.any) {
      events.emit('deletions:released', { count: verdict?.count ?? heldBefore })
    }
  }

  #remember({ path, reason }: OwedReconcile, finishedAt: number): void {
    if (!REPEATING.has(reason)) return
    const before = this.#recent.get(path)
    const again = before !== undefined && finishedAt - before.finishedAt < RECENT_MS
    this.#recent.set(path, { finishedAt, repeats: again ? before.repeats + 1 : 1 })
    for (const [known, { finishedAt: at }] of this.#recent) {
      if (finishedAt - at > RECENT_MS) this.#recent.delete(known)
    }
  }
}
