import type { Clock } from '../clock.ts'
import type { DaemonEmitter } from '../events.ts'
import type { Options } from '../options.ts'
import type { Queue } from '../queue/queue.ts'
import { removeStaleFiles } from '../run/own-files.ts'
import { endOfOutlived, findOutlived } from '../run/outlived.ts'
import { KILL_GRACE_MS, type Limits } from '../run/supervision.ts'
import { ownFilesOf } from '../run/workshop.ts'
import type { Inheritance } from './inheritance.ts'

export interface TakeOverParts {
  readonly queue: Queue
  readonly clock: Clock
  readonly events: DaemonEmitter
  readonly options: Pick<Options, 'db' | 'listsDir' | 'retryDelayMaxMs' | 'syncTimeoutMs'>
  readonly inherited: Pick<Inheritance, 'scripts'> | undefined
  /** Somebody else takes over by now. */
  readonly isOver: () => boolean
}

/**
 * Takes over from a daemon that died: waits for its scripts that still run (P3), as long as they may
 * run, then lets everything that was in flight wait again.
 */
export async function takeOver(parts: TakeOverParts): Promise<void> {
  const { queue, clock, events, options, inherited, isOver } = parts
  const interrupted = queue.runs.interrupted()
  const outlived = findOutlived(options.db, [...interrupted, ...(inherited?.scripts ?? [])])
  for (const { run, pid } of outlived) events.emit('run:outlived', { run, pid })
  await Promise.all(
    outlived.map(async (script) => {
      const { run, pid } = script
      const startedAt = interrupted.find(({ id }) => id === run)?.startedAt ?? clock.now()
      const limits = limitsFrom(startedAt, clock.now(), options.syncTimeoutMs)
      const onTimeout = (): void => events.emit('run:outlived-timed-out', { run, pid })
      await endOfOutlived(script, limits, clock, onTimeout)
      events.emit('run:outlived-ended', { run, pid })
    }),
  )
  if (isOver()) return
  await removeStaleFiles(ownFilesOf(options))
  await queue.write(() => {
    for (const { id } of interrupted) queue.runs.end(id, INTERRUPTED, clock.now())
    queue.events.recover(clock.now(), options.retryDelayMaxMs)
  })
}

/** What is left of the time of a run; a clock that was set back since gives it no more than that. */
function limitsFrom(startedAt: number, now: number, timeoutMs: number): Limits {
  const killGraceMs = KILL_GRACE_MS
  if (timeoutMs === 0) return { timeoutMs, killGraceMs }
  const spentMs = Math.max(0, now - startedAt)
  return { timeoutMs: Math.max(1, timeoutMs - spentMs), killGraceMs }
}

const INTERRUPTED = {
  outcome: 'abandoned',
  exitCode: undefined,
  signal: undefined,
  why: 'its daemon died',
  tail: undefined,
} as const
