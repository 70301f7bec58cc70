import type { Clock } from '../clock.ts'
import type { DaemonEmitter } from '../events.ts'
import type { DaemonRecord } from '../queue/daemon-row.ts'
import type { Queue } from '../queue/queue.ts'
import type { EndedRun } from '../queue/run-store.ts'
import type { Options } from '../options.ts'
import type { OnCrashPoint } from './crash-points.ts'
import type { Delivery } from './delivery.ts'

/** Says whether the script has to mirror the whole tree before single paths make sense. */
export function needsInitialSync(
  choice: Options['initialSync'],
  record: DaemonRecord | undefined,
): boolean {
  switch (choice) {
    case 'always':
      return true
    case 'never':
      return false
    case 'auto':
      // Without a complete catalogue nobody knows what was deleted since the last one.
      return record?.initialSyncAt === undefined || record.cataloguedAt === undefined
  }
}

export interface InitialSyncParts {
  readonly queue: Queue
  readonly clock: Clock
  readonly events: DaemonEmitter
  readonly delivery: Delivery
  /** A tree that is not there must not be mirrored (P6), and nothing begins while runs are paused. */
  readonly mayBegin: () => boolean
  readonly retryDelayMs: (attempt: number) => number
  readonly at: OnCrashPoint
}

const NOT_BEGUN: EndedRun = {
  outcome: 'abandoned',
  exitCode: undefined,
  signal: undefined,
  why: 'not begun',
  tail: undefined,
}

/** How often to look whether a lost watch directory is back, or a pause over. */
const LOOK_AGAIN_MS = 1_000

/**
 * Runs the script's `initialsync` until it succeeds. It holds the whole tree (P3), so nothing else
 * is handed over meanwhile.
 */
export class InitialSync {
  readonly #parts: InitialSyncParts
  #stopped = false
  #cancelWait: () => void = () => undefined

  constructor(parts: InitialSyncParts) {
    this.#parts = parts
  }

  /** Resolves true after a success, false when stopped. */
  async run(): Promise<boolean> {
    for (let attempt = 1; !this.#stopped;) {
      if (!this.#parts.mayBegin()) {
        await this.#wait(LOOK_AGAIN_MS)
        continue
      }
      const retryInMs = this.#parts.retryDelayMs(attempt)
      if (await this.#attempt(attempt, retryInMs)) return true
      if (!this.#stopped) await this.#wait(retryInMs)
      attempt++
    }
    return false
  }

  /** Somebody does not want to wait for the next try. */
  retryNow(): void {
    this.#cancelWait()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelWait()
  }

  async #attempt(attempt: number, retryInMs: number): Promise<boolean> {
    const { queue, clock, events, delivery, mayBegin, at } = this.#parts
    const startedAt = clock.now()
    const kind = 'initialsync'
    const id = await queue.write(() =>
      queue.runs.begin({ kind, sizeClass: 'ordinary', attempt, paths: 1, sample: '' }, startedAt),
    )
    // It may have waited for somebody else's lock.
    if (this.#stopped || !mayBegin()) {
      await queue.write(() => queue.runs.end(id, NOT_BEGUN, clock.now()))
      return false
    }
    const outcome = await delivery.execute({ id, kind, attempt }, [])
    at('initial sync ran')
    const { succeeded, exitCode, signal, why, tail } = outcome
    const now = clock.now()
    await queue.write(() => {
      const ended = succeeded ? 'succeeded' : this.#stopped ? 'abandoned' : 'failed'
      queue.runs.end(
        id,
        { outcome: ended, exitCode, signal, why: succeeded ? undefined : why, tail },
        now,
      )
      if (succeeded) queue.daemon.setInitialSync(startedAt)
    })
    if (succeeded) {
      events.emit('run:succeeded', { run: id, kind, paths: 1, attempt, tookMs: now - startedAt })
    } else if (!this.#stopped) {
      const failed = { run: id, kind, paths: 1, path: '', why, hint: outcome.hint } as const
      events.emit('run:failed', { ...failed, next: 'retry', retryInMs })
    }
    return succeeded
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(ms, resolve)
      this.#cancelWait = () => {
        cancel()
        resolve()
      }
    })
  }
}
