import { ClsyncError } from '../errors.ts'
import type { DaemonEmitter } from '../events.ts'
import type { BytePath, EngineName } from '../model/glossary.ts'
import type { Options } from '../options.ts'
import type { WatchMessage, WatchSettings } from '../watch/contract.ts'
import type { EarlyWatcher } from '../watch/early-watcher.ts'
import { startWatcher, type Watcher } from '../watch/watcher.ts'
import type { Intake } from './intake.ts'
import type { Reconciler } from './reconciler.ts'
import { enginesFor, watchSettings } from './watch-settings.ts'
import { WATCH_THREAD_URL } from './watch-thread-url.ts'

export interface WatchingParts {
  readonly options: Options
  readonly events: DaemonEmitter
  readonly intake: Intake
  readonly reconciler: Reconciler
  readonly onRootLost: (why: string) => void
  readonly onFailed: (error: unknown) => void
  /** Watches already, to be used the first time that it can be. */
  readonly earlyWatcher: EarlyWatcher | undefined
}

/** The watch thread as long as there is something to watch; its messages go where they belong. */
export class Watching {
  readonly #parts: WatchingParts
  #watcher: Watcher | undefined
  #engine: EngineName | undefined
  #lastProblem = ''

  constructor(parts: WatchingParts) {
    this.#parts = parts
  }

  /** The engine that watches. */
  get engine(): EngineName | undefined {
    return this.#engine
  }

  /** What could not be watched or read last, in words; empty when there was nothing so far. */
  get lastProblem(): string {
    return this.#lastProblem
  }

  /**
   * Begins to watch; resolves when every directory that can be watched is.
   *
   * @param rules text of the rules file
   * @throws ClsyncError `engine` when no engine can be used
   */
  async start(rules: string | undefined): Promise<void> {
    const { options, events } = this.#parts
    // What has watched once is not replaced.
    const asked = { ...options, engine: this.#engine ?? options.engine }
    const candidates = enginesFor(asked)
    for (const engine of candidates) {
      try {
        await this.#startEngine(watchSettings(asked, engine, rules))
        return
      } catch (error) {
        if (engine === candidates.at(-1)) throw error
        events.emit('engine:passed-over', { engine, error })
      }
    }
  }

  /** Asks for a crawl; its listings come to the intake. Returns its number. */
  crawl(path: BytePath, pace: 'fast' | 'gently'): number {
    return this.#watcher?.crawl(path, pace) ?? 0
  }

  /** Lets crawls that go gently go on fast. */
  hurry(): void {
    this.#watcher?.hurry()
  }

  setRules(rules: string | undefined): void {
    this.#watcher?.setRules(rules)
  }

  async close(): Promise<void> {
    const watcher = this.#watcher
    this.#watcher = undefined
    await Promise.all([watcher?.close(), this.#parts.earlyWatcher?.close()])
  }

  async #startEngine(settings: WatchSettings): Promise<void> {
    const { engine } = settings
    const { earlyWatcher } = this.#parts
    await new Promise<void>((resolve, reject) => {
      const listener = (message: WatchMessage): void => {
        if (message.type === 'ready') {
          this.#engine = engine
          this.#sayReady(engine, message)
          resolve()
          return
        }
        if (message.type === 'failed' && this.#engine === undefined) {
          void watcher.close()
          reject(new ClsyncError('engine', message.message, { hint: message.hint }))
          return
        }
        this.#take(message, watcher)
      }
      const watcher =
        earlyWatcher?.take(settings, listener) ?? startWatcher(settings, WATCH_THREAD_URL, listener)
      void this.#watcher?.close()
      this.#watcher = watcher
    })
  }

  #sayReady(
    engine: EngineName,
    { directories, tookMs }: { readonly directories: number; readonly tookMs: number },
  ): void {
    this.#parts.events.emit('daemon:ready', { engine, directories, tookMs })
  }

  #take(message: Exclude<WatchMessage, { readonly type: 'ready' }>, watcher: Watcher): void {
    const { events, intake, reconciler, onRootLost, onFailed } = this.#parts
    switch (message.type) {
      case 'packet':
        intake.take(message.bytes).then(() => watcher.ack(), onFailed)
        return
      case 'progress':
        return reconciler.progressed(message.crawl, message.directories, message.entries)
      case 'problem':
        this.#lastProblem = message.problem.message
        return events.emit('watch:problem', message.problem)
      case 'root lost':
        return onRootLost(message.message)
      case 'failed':
        return onFailed(new ClsyncError('engine', message.message, { hint: message.hint }))
      case 'stopped':
        return
    }
  }
}
