import type { Clock } from '../clock.ts'
import type { DaemonEmitter } from '../events.ts'
import type { BytePath, Event, Run, SizeClass } from '../model/glossary.ts'
import type { RunOutcome } from '../model/run-outcome.ts'
import type { Candidate } from '../queue/candidates.ts'
import type { Queue } from '../queue/queue.ts'
import type { EndedRun } from '../queue/run-store.ts'
import type { InterruptedRun } from '../run/outlived.ts'
import type { RunHandle, Runner } from '../run/runner.ts'
import type { Backlog, Batch, ClaimRequest, Settlement } from '../schedule/backlog.ts'
import type { OnCrashPoint } from './crash-points.ts'

export interface DeliveryParts {
  readonly queue: Queue
  readonly clock: Clock
  readonly events: DaemonEmitter
  /** Called once, by {@link Delivery.prepare}. */
  readonly loadRunner: () => Promise<Runner>
  readonly at: OnCrashPoint
  /** P6: nothing is handed over when the watch directory is not what it was. */
  readonly rootIsThere: () => boolean
  /** No run may begin, as somebody wants it. */
  readonly isPaused: () => boolean
  /** How often it was lost so far. */
  readonly rootLosses: () => number
  /** `synclist` runs with list files, or one `sync` run a path. */
  readonly kind: 'sync' | 'synclist'
}

/** Pages of candidates looked at in one claim before giving up on finding free ones. */
const MOST_PAGES = 5
/** Bytes of output kept with an event that failed. */
const ERROR_TAIL = 500

/** Between scheduler, queue and runner: claims batches, runs them, settles what they came to. */
export class Delivery implements Backlog {
  readonly #parts: DeliveryParts
  readonly #handles = new Map<number, RunHandle>()
  readonly #scripts = new Map<number, InterruptedRun>()
  #runner: Promise<Runner> | undefined

  constructor(parts: DeliveryParts) {
    this.#parts = parts
  }

  /** Makes ready to run scripts, if that was not done yet. */
  prepare(): Promise<Runner> {
    this.#runner ??= this.#parts.loadRunner()
    return this.#runner
  }

  /** Scripts in progress. */
  get running(): number {
    return this.#handles.size
  }

  /** Scripts in progress, as processes. */
  get scripts(): readonly InterruptedRun[] {
    return [...this.#scripts.values()]
  }

  /** The script of a run is a process now. */
  spawned(run: number, pid: number, identity: string | undefined): Promise<void> {
    this.#scripts.set(run, { id: run, pid, identity })
    const { queue, at } = this.#parts
    at('spawned')
    return queue.note(() => queue.runs.spawned(run, pid, identity))
  }

  oldest(sizeClass: SizeClass, after: number): number | undefined {
    return this.#parts.queue.events.oldest(sizeClass, after)
  }

  nextRetryAt(sizeClass: SizeClass, after: number): number | undefined {
    return this.#parts.queue.events.nextRetryAt(sizeClass, after)
  }

  hasPart(part: number): boolean {
    return this.#parts.queue.events.hasPart(part)
  }

  waits(path: BytePath): boolean {
    return this.#parts.queue.events.waits(path)
  }

  async claim(request: ClaimRequest): Promise<Batch | undefined> {
    const { queue, events, rootIsThere, isPaused, at } = this.#parts
    if (isPaused() || !rootIsThere()) return undefined
    // A claim that a power cut takes back leaves its events pending, and no script to hold them.
    const batch = await queue.note(() => this.#claim(request))
    if (batch === undefined) return undefined
    at('claimed')
    const { sizeClass } = batch
    events.emit('batch:claimed', { run: batch.run.id, sizeClass, paths: batch.events.length })
    return batch
  }

  /** Runs the script for a batch; resolves when it ended. */
  async run(batch: Batch): Promise<RunOutcome> {
    const { run, events } = batch
    const outcome = await this.execute(run, events)
    this.#parts.at('ran')
    return outcome
  }

  /** Runs the script with these events. */
  async execute(run: Run, events: readonly Event[]): Promise<RunOutcome> {
    const emitter = this.#parts.events
    const runner = await this.prepare()
    emitter.emit('run:started', {
      run: run.id,
      kind: run.kind,
      paths: run.kind === 'initialsync' ? 1 : events.length,
      attempt: run.attempt,
    })
    const losses = this.#parts.rootLosses()
    const handle = runner.start(run, events)
    this.#handles.set(run.id, handle)
    const outcome = this.#inDoubt(await handle.outcome, losses)
    this.#handles.delete(run.id)
    this.#scripts.delete(run.id)
    for (const path of outcome.strangePaths) {
      emitter.emit('run:strange-path', { run: run.id, path })
    }
    return outcome
  }

  async settle(batch: Batch, outcome: RunOutcome, settlement: Settlement): Promise<void> {
    const { queue, clock, events, at } = this.#parts
    const { run } = batch
    const now = clock.now()
    const startedAt = await queue.write(() => {
      this.#apply(batch, outcome, settlement, now)
      return queue.runs.end(run.id, toEnded(outcome, settlement), now)
    })
    at('settled')
    if (settlement.type !== 'acknowledge') return
    const { length: failed } = settlement.failed
    const { id, kind, attempt } = run
    const done = { run: id, kind, paths: batch.events.length - failed }
    const tookMs = now - startedAt
    if (outcome.succeeded) events.emit('run:succeeded', { ...done, attempt, tookMs })
    else events.emit('run:partly-failed', { ...done, failed, why: outcome.why })
  }

  /** Ends all scripts in progress. */
  terminate(): void {
    for (const handle of this.#handles.values()) handle.terminate()
  }

  /** Begins nothing more; scripts in progress go on, and the next session waits for them (P3). */
  letGo(): void {
    for (const handle of this.#handles.values()) handle.letGo()
  }

  /** Keeps nothing ready for further runs. */
  close(): void {
    // Who waits for the runner hears why it cannot be loaded.
    this.#runner?.then((runner) => runner.close()).catch(() => undefined)
  }

  /** A script that found nothing where the watch directory was has mirrored that (P6). */
  #inDoubt(outcome: RunOutcome, losses: number): RunOutcome {
    const { rootIsThere, rootLosses } = this.#parts
    if (rootIsThere() && rootLosses() === losses) return outcome
    const why = `the watch directory was lost during the run: ${outcome.why}`
    return { ...outcome, succeeded: false, why, failedPaths: [] }
  }

  #claim(request: ClaimRequest): Batch | undefined {
    const { queue, clock, kind } = this.#parts
    const chosen = this.#choose(request)
    const [first] = chosen
    if (first === undefined) return undefined
    chosen.sort((one, other) => (one.path < other.path ? -1 : 1))
    const attempt = highestAttempt(chosen) + 1
    const { sizeClass, path: sample } = first
    const id = queue.runs.begin(
      { kind, sizeClass, attempt, paths: chosen.length, sample },
      clock.now(),
    )
    queue.events.claim(chosen, id)
    return { run: { id, kind, attempt }, sizeClass, events: chosen, from: originOf(request) }
  }

  /** Takes the free ones of the candidates (P3), page by page. */
  #choose(request: ClaimRequest): Candidate[] {
    const chosen: Candidate[] = []
    const isInOrder = request.state === 'suspect' && request.inOrder
    let offset = 0
    for (let page = 0; page < MOST_PAGES; page++) {
      const limit = Math.max(request.limit, PAGE * GROWTH ** page)
      const candidates = this.#parts.queue.events.candidates(request, limit, offset)
      offset += limit
      for (const candidate of candidates) {
        if (!request.isFree(candidate.path)) {
          if (isInOrder) return chosen
          continue
        }
        chosen.push(candidate)
        if (chosen.length === request.limit) return chosen
      }
      if (candidates.length < limit) return chosen
    }
    return chosen
  }

  #apply(batch: Batch, outcome: RunOutcome, settlement: Settlement, now: number): void {
    const { events } = this.#parts.queue
    const run = batch.run.id
    const error = errorOf(outcome)
    switch (settlement.type) {
      case 'acknowledge':
        this.#isolateNamed(run, settlement, error, now)
        return this.#parts.queue.acknowledge(run, now)
      case 'suspect':
        return events.suspect(run, settlement.part, error)
      case 'split':
        events.suspect(run, settlement.lower, error)
        return events.splitPart(settlement.lower, settlement.upper, batch.events.length)
      case 'isolate':
        return events.isolate(run, now + settlement.retryInMs, error)
      case 'put back':
        return events.putBack(run)
    }
  }

  #isolateNamed(
    run: number,
    settlement: Settlement & { readonly type: 'acknowledge' },
    error: string,
    now: number,
  ): void {
    for (const path of settlement.failed) {
      this.#parts.queue.events.isolateNamed(run, path, now + settlement.retryInMs, error)
    }
  }
}

/** Candidates fetched at first when a claim wants only one, and how pages grow. */
const PAGE = 8
const GROWTH = 12

function highestAttempt(candidates: readonly Candidate[]): number {
  let highest = 0
  for (const { attempts } of candidates) highest = Math.max(highest, attempts)
  return highest
}

function originOf(request: ClaimRequest): Batch['from'] {
  if (request.state === 'suspect') return { state: 'suspect', part: request.part }
  return { state: request.state }
}

function toEnded(outcome: RunOutcome, settlement: Settlement): EndedRun {
  const { exitCode, signal, why, tail } = outcome
  if (settlement.type === 'put back') {
    return { outcome: 'abandoned', exitCode, signal, why: `put back: ${why}`, tail }
  }
  if (outcome.succeeded) return { outcome: 'succeeded', exitCode, signal, why: undefined, tail }
  return { outcome: 'failed', exitCode, signal, why, tail }
}

function errorOf(outcome: RunOutcome): string {
  const tail = outcome.tail.trimEnd().slice(-ERROR_TAIL)
  return tail === '' ? outcome.why : `${outcome.why}: ${tail}`
}
