import { dirname } from 'node:path'

import { systemClock } from '../clock.ts'
import { ClsyncError } from '../errors.ts'
import { DaemonEmitter } from '../events.ts'
import type { Options } from '../options.ts'
import { asDatabaseError } from '../queue/database-error.ts'
import { crashAt } from './crash-points.ts'
import { ensurePrivateDirectory } from './private-directory.ts'
import type { Inheritance } from './inheritance.ts'
import { Session } from './session.ts'
import type { Surroundings } from './stages.ts'

/**
 * The daemon: one session after the other with the same options. A session ends when the daemon is
 * stopped, or when its database is damaged or taken away: then that is moved aside, and a new
 * session finds everything again.
 *
 * ```text
 * new ──start──▶ starting ──ready──▶ running ──stop──▶ stopped
 *                    ▲                  │
 *                    └── database lost ─┘
 * ```
 */
export class Daemon {
  readonly events: DaemonEmitter = new DaemonEmitter()
  /** Resolves after {@link stop}, rejects when the daemon cannot go on. */
  readonly ended: Promise<void>
  readonly #options: Options
  readonly #surroundings: Surroundings
  #session: Session | undefined
  /** What the last session that was given up left. */
  #inherited: Inheritance | undefined
  /** The end of the last session that was given up. */
  #abandoning: Promise<void> = Promise.resolve()
  /** The rules are to be read again as soon as there is a session. */
  #owesReload = false
  #isStopping = false
  #resolveEnded: () => void = () => undefined
  #rejectEnded: (error: unknown) => void = () => undefined

  constructor(options: Options, surroundings: Partial<Surroundings> = {}) {
    const environment = surroundings.environment ?? process.env
    this.#options = options
    this.#surroundings = {
      clock: systemClock(),
      random: Math.random,
      environment,
      at: crashAt(environment['CLSYNC_KILL_AT']),
      ...surroundings,
    }
    this.ended = new Promise((resolve, reject) => {
      this.#resolveEnded = resolve
      this.#rejectEnded = reject
    })
    this.ended.catch(() => undefined)
  }

  /**
   * Resolves when everything is watched.
   *
   * @throws ClsyncError when it cannot start: nothing was begun then
   */
  async start(): Promise<void> {
    ensurePrivateDirectory(dirname(this.#options.db))
    await this.#begin(undefined).catch(async (error: unknown) => {
      // The process may end now, which it must not while a thread is loading.
      await this.#surroundings.earlyWatcher?.close()
      if (!this.#isStopping) throw error
    })
    if (this.#isStopping) await this.ended
  }

  /** Stops in order: everything is on disk when it resolves. */
  async stop(): Promise<void> {
    if (this.#isStopping) return this.ended
    this.#isStopping = true
    this.#end().then(() => this.#resolveEnded(), this.#rejectEnded)
    return this.ended
  }

  /** Rereads the rules file; between two sessions, when the next one begins. */
  reloadRules(): void {
    this.#owesReload = this.#session === undefined
    this.#session?.reloadRules()
  }

  /** Compares the whole tree with the catalogue now. */
  audit(): void {
    this.#session?.audit()
  }

  /** Begins a session; if its database turns out to be damaged, another one with a new database. */
  async #begin(distrusted: string | undefined): Promise<void> {
    try {
      await this.#beginSession(distrusted)
    } catch (error) {
      if (!isDamaged(error) || this.#isStopping) throw error
      await this.#beginSession(error.message)
    }
  }

  async #beginSession(distrusted: string | undefined): Promise<void> {
    if (this.#isStopping) return
    const failure = new Failure()
    const session = new Session({
      ...this.#surroundings,
      options: this.#options,
      events: this.events,
      distrusted,
      inherited: this.#inherited,
      onFailed: (error) => failure.happened(asDatabaseError(error, this.#options.db)),
    })
    this.#session = session
    try {
      await Promise.race([session.start(), failure.first])
    } catch (error) {
      await this.#abandon(session)
      throw error
    }
    failure.first.catch((error: unknown) => this.#failed(session, error))
    if (this.#owesReload) this.reloadRules()
  }

  /** What an abandoned session still runs into is of no interest. */
  #failed(session: Session, error: unknown): void {
    if (this.#isStopping || this.#session !== session) return
    if (!isDamaged(error)) return this.#fail(error)
    this.#rebuild(session, error).catch((again: unknown) => this.#fail(again))
  }

  async #rebuild(session: Session, error: ClsyncError): Promise<void> {
    await this.#abandon(session)
    if (!this.#isStopping) await this.#begin(error.message)
  }

  async #abandon(session: Session): Promise<void> {
    this.#session = undefined
    this.#inherited = session.inheritance
    this.#abandoning = session.abandon()
    await this.#abandoning
  }

  async #end(): Promise<void> {
    // Nobody else closes that one as long as there is no session.
    const closing = this.#surroundings.earlyWatcher?.close()
    await this.#session?.stop()
    await this.#abandoning
    await closing
  }

  #fail(error: unknown): void {
    if (this.#isStopping) return
    this.#isStopping = true
    this.events.emit('daemon:failed', { error })
    const abandoned = this.#session?.abandon() ?? Promise.resolve()
    void abandoned.finally(() => this.#rejectEnded(error))
  }
}

/** The first thing that went wrong in a session; what follows is only a consequence. */
class Failure {
  readonly first: Promise<never>
  happened: (error: unknown) => void = () => undefined

  constructor() {
    this.first = new Promise((_resolve, reject) => {
      this.happened = reject
    })
    this.first.catch(() => undefined)
  }
}

function isDamaged(error: unknown): error is ClsyncError {
  return error instanceof ClsyncError && error.code === 'damaged'
}
