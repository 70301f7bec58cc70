import { resolve } from 'node:path'

import type { ReconcileReason } from '../model/glossary.ts'
import type { DaemonRecord } from '../queue/daemon-row.ts'
import { asDatabaseError } from '../queue/database-error.ts'
import { ownDirectoryOf } from '../run/own-directory.ts'
import { AuditTimer } from './audit-timer.ts'
import { noteBoot } from './note-boot.ts'
import { EngineRestarts } from './engine-restarts.ts'
import { Housekeeping } from './housekeeping.ts'
import type { Inheritance } from './inheritance.ts'
import { needsInitialSync } from './initial-sync.ts'
import { oweComparison } from './owe-comparison.ts'
import { ensureOwnDirectory, ensurePrivateDirectory } from './private-directory.ts'
import { mayBeAboutRoot, RootGuard } from './root-guard.ts'
import { isReplaced, presentIdentity } from './root-identity.ts'
import { readRules } from './rules-text.ts'
import { createStages, type Stages, type StagesParts } from './stages.ts'
import { type Standing, statusOf } from './status.ts'

interface SessionParts extends StagesParts {
  /** What the session before this one left, whose database was lost. */
  readonly inherited: Inheritance | undefined
}

/** How long running scripts may go on when the daemon is stopped. */
const GRACE_MS = 10_000

/** One life of the daemon with one database: what begins when, and what ends in which order. */
export class Session {
  readonly #parts: SessionParts
  readonly #stages: Stages
  /** What an earlier daemon recorded, less what does not hold of a new root. */
  #record: DaemonRecord | undefined
  readonly #guard: RootGuard
  readonly #audit: AuditTimer
  readonly #housekeeping: Housekeeping
  readonly #engineRestarts: EngineRestarts
  #rules: string | undefined
  #stage: Standing['stage'] = 'taking over'
  #isReady = false
  #watchedSince: number | undefined
  #isStopping = false
  #mirroring: Promise<boolean> | undefined
  /** Done once, however often the watch directory is lost meanwhile. */
  #preparing: Promise<boolean> | undefined
  #onReady: () => void = () => undefined
  #onStartFailed: (error: unknown) => void = () => undefined

  /** Opens the database. @throws ClsyncError `locked`, `database` or `usage` */
  constructor(parts: SessionParts) {
    this.#parts = parts
    const { options, clock, events, random, onFailed, inherited } = parts
    const present = inherited?.root ?? presentIdentity(options.watchDir)
    this.#rules = inherited ? inherited.rules : readRules(options.rulesFile)
    this.#stages = createStages(
      { ...parts, onFailed: (error) => this.#failed(error) },
      {
        rootIsThere: () => this.#guard.check(),
        rootLosses: () => this.#guard.losses,
        onRootLost: (why) => this.#guard.hold(why),
      },
    )
    const { queue, scheduler, pause } = this.#stages
    this.#record = queue.daemon.read()
    this.#guard = new RootGuard(
      {
        watchDir: options.watchDir,
        clock,
        events,
        onLost: () => this.#rootLost(),
        onBack: () => this.#watch('root is back'),
        onOtherIdentity: (identity) =>
          void queue.write(() => queue.daemon.setIdentity(identity)).catch(onFailed),
      },
      inherited?.root ?? (options.acceptNewRoot ? present : (this.#record?.identity ?? present)),
    )
    this.#audit = new AuditTimer(clock, options.auditIntervalMs, random, () => this.audit())
    this.#engineRestarts = new EngineRestarts({ clock, events, restart: () => this.#watchAgain() })
    this.#housekeeping = new Housekeeping({
      queue,
      clock,
      events,
      onFailed,
      db: options.db,
      status: () => statusOf(options, this.#stages, this.#standing),
      onTick: () => this.#guard.check(),
      onLookAgain: () => {
        pause.look()
        scheduler.lookAgain()
      },
      onResumed: () => this.#owe('resumed'),
    })
  }

  /** For the session after this one. */
  get inheritance(): Inheritance {
    const scripts = [...this.#stages.delivery.scripts, ...(this.#parts.inherited?.scripts ?? [])]
    return { root: this.#guard.identity, rules: this.#rules, scripts }
  }

  /** Resolves when everything is watched; the rest goes on in the background. */
  async start(): Promise<void> {
    const { options, clock, events } = this.#parts
    const { queue, pause } = this.#stages
    const directory = ownDirectoryOf(options)
    // One that the user named was checked with the command line.
    if (directory === options.listsDir) ensurePrivateDirectory(directory)
    else ensureOwnDirectory(directory)
    const files = await queue.write(() => {
      const before = this.#record?.identity
      if (options.acceptNewRoot && isReplaced(options.watchDir, before)) queue.startOver()
      if (queue.replaced)
        queue.owe({ path: '', reason: 'first start', now: clock.now() }, undefined)
      queue.daemon.started(resolve(options.watchDir), options.label, clock.now())
      // Nobody knows what was deleted since the last initial sync, so that one no longer counts.
      if (queue.daemon.read()?.cataloguedAt === undefined) queue.daemon.setInitialSync(undefined)
      return noteBoot(queue, this.#record, clock.now())
    })
    // It may have waited for somebody else's lock; what is begun now nobody would end.
    if (this.#isStopping) return
    this.#record = queue.daemon.read()
    pause.look()
    const { replaced } = queue
    if (replaced !== undefined) events.emit('database:replaced', { path: options.db, ...replaced })
    const pending = queue.events.total()
    events.emit('database:opened', { path: options.db, pending, version: queue.version })
    if (files > 0) events.emit('catalogue:doubted', { files })
    const watched = new Promise<void>((ready, failed) => {
      this.#onReady = ready
      this.#onStartFailed = failed
      if (this.#guard.check()) this.#watch('start')
    })
    this.#housekeeping.start()
    await watched
  }

  /** Hands over no more, gives running scripts a grace, leaves everything on disk. */
  async stop(): Promise<void> {
    const { clock, events } = this.#parts
    const { watching, scheduler, delivery, queue } = this.#stages
    events.emit('daemon:stopping', { running: delivery.running, graceMs: GRACE_MS })
    this.#quiesce()
    const isUnwatched = queue.runs.someRun
    const cancelGrace = clock.after(GRACE_MS, () => delivery.terminate())
    await Promise.all([watching.close(), scheduler.stop(), this.#mirroring])
    cancelGrace()
    this.#housekeeping.stop()
    const pending = queue.events.total()
    await queue.write(() => {
      if (isUnwatched) queue.oweAfterUnwatchedRun(clock.now())
      queue.daemon.stopped(clock.now())
      queue.daemon.setStatus('state', 'stopped', clock.now())
    })
    await queue.close()
    events.emit('daemon:stopped', { pending })
  }

  /** Ends at once; what was under way is found again by the next session. */
  async abandon(): Promise<void> {
    this.#quiesce()
    this.#housekeeping.stop()
    this.#stages.scheduler.abandon()
    this.#stages.delivery.letGo()
    await this.#stages.watching.close()
    this.#stages.queue.abandon()
  }

  /** Compares the whole tree, gently, and reads the database. */
  audit(): void {
    try {
      this.#stages.queue.assertSound()
      this.#owe('audit')
    } catch (error) {
      this.#parts.onFailed(error)
    }
  }

  /** Rereads the rules file; the old rules stay in force when it is wrong. */
  reloadRules(): void {
    const { events, options } = this.#parts
    const { rulesFile } = options
    if (rulesFile === undefined) return
    try {
      this.#rules = readRules(rulesFile)
    } catch (error) {
      events.emit('rules:rejected', { error })
      return
    }
    this.#stages.watching.setRules(this.#rules)
    this.#owe('rules changed')
    events.emit('rules:reloaded', { file: rulesFile })
  }

  #quiesce(): void {
    this.#isStopping = true
    this.#audit.stop()
    this.#guard.stop()
    this.#engineRestarts.stop()
    this.#stages.reconciler.stop()
    this.#stages.initialSync.stop()
    this.#stages.delivery.close()
  }

  #watch(reason: ReconcileReason): void {
    this.#stages.watching
      .start(this.#rules)
      .then(() => this.#isWatching(reason))
      .catch((error: unknown) => this.#failed(error))
  }

  /** A watch directory that goes while it is looked at is held, and not a failure. */
  #failed(thrown: unknown): void {
    const error = asDatabaseError(thrown, this.#parts.options.db)
    if (mayBeAboutRoot(error) && !this.#guard.check()) return
    if (this.#isReady && !this.#isStopping && this.#engineRestarts.after(error)) return
    if (this.#isReady) this.#parts.onFailed(error)
    else this.#onStartFailed(error)
  }

  /** The engine could not go on. */
  #watchAgain(): void {
    const { reconciler, watching } = this.#stages
    reconciler.stop()
    watching.close().then(
      () => {
        if (!this.#isStopping && this.#guard.check()) this.#watch('watch lost')
      },
      (error: unknown) => this.#failed(error),
    )
  }

  #isWatching(reason: ReconcileReason): void {
    if (this.#isStopping) return
    this.#catchUp(reason).catch((error: unknown) => this.#failed(error))
    this.#isReady = true
    this.#onReady()
    this.#housekeeping.look()
  }

  /** After watching began: compare, settle what a dead daemon left, mirror everything once. */
  async #catchUp(reason: ReconcileReason): Promise<void> {
    const { reconciler, scheduler, delivery } = this.#stages
    // First: loaded later, it would hold up the packets of the comparison.
    await delivery.prepare()
    if (!(await this.#beginComparing(reason)) || this.#guard.isHeld || this.#isStopping) return
    reconciler.start()
    this.#preparing ??= this.#prepareHandOver().catch((error: unknown) => {
      this.#preparing = undefined
      throw error
    })
    if (!(await this.#preparing)) return
    this.#stage = 'handing over'
    if (!this.#guard.isHeld) scheduler.release()
  }

  /** Resolves false when the watch directory was lost before. */
  async #beginComparing(reason: ReconcileReason): Promise<boolean> {
    const now = this.#parts.clock.now()
    const watchedSince = (this.#watchedSince ??= now)
    const identity = this.#guard.identify()
    if (identity === undefined) return false
    await oweComparison(this.#stages.queue, identity, reason, { now, watchedSince })
    return true
  }

  async #prepareHandOver(): Promise<boolean> {
    const { queue, initialSync } = this.#stages
    // As all that has to do with scripts, loaded when everything is watched.
    const { takeOver } = await import('./take-over.ts')
    if (this.#isStopping) return false
    this.#audit.start()
    await takeOver({ ...this.#parts, queue, isOver: () => this.#isStopping })
    if (this.#isStopping) return false
    if (!needsInitialSync(this.#parts.options.initialSync, this.#record)) return true
    this.#stage = 'initial sync'
    this.#mirroring = initialSync.run()
    return this.#mirroring
  }

  #owe(reason: ReconcileReason): void {
    const { queue, reconciler } = this.#stages
    const now = this.#parts.clock.now()
    queue
      .write(() => queue.owe({ path: '', reason, now }, reconciler.current?.path))
      .then(() => reconciler.poke())
      .catch(this.#parts.onFailed)
  }

  #rootLost(): void {
    const { scheduler, reconciler, watching } = this.#stages
    scheduler.hold()
    reconciler.stop()
    watching.close().catch(this.#parts.onFailed)
  }

  get #standing(): Standing {
    return { isStopping: this.#isStopping, isHeld: this.#guard.isHeld, stage: this.#stage }
  }
}
