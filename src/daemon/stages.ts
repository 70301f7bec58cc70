import type { Clock } from '../clock.ts'
import type { DaemonEmitter } from '../events.ts'
import type { Options } from '../options.ts'
import { Queue } from '../queue/queue.ts'
import { retryDelayMs } from '../schedule/backoff.ts'
import type { SchedulerListener } from '../schedule/listener.ts'
import { Scheduler } from '../schedule/scheduler.ts'
import type { EarlyWatcher } from '../watch/early-watcher.ts'
import type { OnCrashPoint } from './crash-points.ts'
import { Delivery } from './delivery.ts'
import { InitialSync } from './initial-sync.ts'
import { Intake } from './intake.ts'
import { Pause } from './pause.ts'
import { Reconciler } from './reconciler.ts'
import { Watching } from './watching.ts'

/** What the daemon takes from outside, so that tests can give it something else. */
export interface Surroundings {
  readonly clock: Clock
  /** Between 0 and 1, for jitter. */
  readonly random: () => number
  readonly environment: NodeJS.ProcessEnv
  readonly at: OnCrashPoint
  /** A watch thread that loads already. @default none */
  readonly earlyWatcher?: EarlyWatcher | undefined
}

export interface StagesParts extends Surroundings {
  readonly options: Options
  readonly events: DaemonEmitter
  /** Why the database must not be used again, if that is so. */
  readonly distrusted: string | undefined
  /** Something cannot go on. */
  readonly onFailed: (error: unknown) => void
}

/** What only the session can decide. */
export interface StagesHooks {
  /** P6: nothing is handed over when the watch directory is not what it was. */
  readonly rootIsThere: () => boolean
  /** How often it was lost so far. */
  readonly rootLosses: () => number
  readonly onRootLost: (why: string) => void
}

/** The way of a change: watching → intake → queue → scheduler → delivery → runner. */
export interface Stages {
  readonly watching: Watching
  readonly queue: Queue
  readonly reconciler: Reconciler
  readonly scheduler: Scheduler
  readonly delivery: Delivery
  readonly initialSync: InitialSync
  readonly pause: Pause
}

/** Most events in one run with a list file. */
const BATCH_LIMIT = 100_000

/**
 * Builds all stages of the way and connects them.
 *
 * @throws ClsyncError `locked` or `database`
 */
export function createStages(parts: StagesParts, hooks: StagesHooks): Stages {
  const { options, clock, events, at, random, onFailed } = parts
  const retry = { baseMs: options.retryDelayMs, maxMs: options.retryDelayMaxMs }
  const retryDelay = (attempt: number): number => retryDelayMs(attempt, retry, random)
  const isListed = options.listsDir !== undefined

  const queue = openQueue(parts)
  const common = { queue, clock, events, at }
  const delivery = new Delivery({
    ...common,
    // Nothing that only scripts need is loaded before everything is watched.
    loadRunner: async () => (await import('./load-runner.ts')).loadRunner(parts, delivery),
    kind: isListed ? 'synclist' : 'sync',
    rootIsThere: hooks.rootIsThere,
    rootLosses: hooks.rootLosses,
    isPaused: () => pause.isOn,
  })
  const scheduler = new Scheduler({
    clock,
    backlog: delivery,
    run: (batch) => delivery.run(batch),
    collectDelayMs: { ordinary: options.collectDelayMs, big: options.bigFileCollectDelayMs },
    commonDelayMs: options.commonDelayMs,
    batchLimit: isListed ? BATCH_LIMIT : 1,
    jobs: options.jobs,
    retryDelayMs: retryDelay,
    listener: schedulerListener(events, onFailed),
  })
  const retryNow = async (): Promise<void> => {
    await queue.write(() => queue.events.retryIsolated(clock.now()))
    scheduler.retryNow()
    initialSync.retryNow()
  }
  const pause = new Pause({ queue, events, onEnded: () => void retryNow().catch(onFailed) })
  const onPending = (): void => scheduler.poke()
  const reconciler = new Reconciler({
    ...common,
    onPending,
    onFailed,
    maxDelete: options.maxDelete,
    crawl: (path, pace) => watching.crawl(path, pace),
    hurry: () => watching.hurry(),
  })
  const intake = new Intake({ ...common, onPending, reconciler })
  const watching = new Watching({
    ...{ options, events, intake, reconciler, onFailed },
    onRootLost: hooks.onRootLost,
    earlyWatcher: parts.earlyWatcher,
  })
  const initialSync = new InitialSync({
    ...common,
    delivery,
    mayBegin: () => !pause.isOn && hooks.rootIsThere(),
    retryDelayMs: retryDelay,
  })
  return { watching, queue, reconciler, scheduler, delivery, initialSync, pause }
}

function schedulerListener(
  events: DaemonEmitter,
  onFailed: (error: unknown) => void,
): SchedulerListener {
  return {
    failed: ({ run: { id: run, kind }, events: told }, { why, hint }, next, retryInMs) => {
      const path = told[0]?.path ?? ''
      const paths = told.length
      events.emit('run:failed', { run, kind, paths, path, why, hint, next, retryInMs })
    },
    isolated: (path, { why, hint }, retryInMs) =>
      events.emit('path:isolated', { path, why, hint, retryInMs }),
    outageBegan: () => events.emit('outage:began', {}),
    outageEnded: () => events.emit('outage:ended', {}),
    broken: onFailed,
  }
}

function openQueue({ options, clock, events, at, distrusted }: StagesParts): Queue {
  return new Queue({
    path: options.db,
    distrusted,
    clock,
    bigFileThreshold: options.bigFileThreshold,
    onMigrated: () => at('migrated'),
    listener: {
      waiting: (obstacle, waitedMs) =>
        events.emit('database:waiting', { path: options.db, ...obstacle, waitedMs }),
      recovered: (waitedMs) => events.emit('database:recovered', { waitedMs }),
    },
  })
}
