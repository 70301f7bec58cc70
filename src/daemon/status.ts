import { display } from '../model/byte-path.ts'
import type { Options } from '../options.ts'
import type { Stages } from './stages.ts'

/** What only the session knows of itself. */
export interface Standing {
  readonly isStopping: boolean
  /** The watch directory is not what it was (P6). */
  readonly isHeld: boolean
  /** What a dead daemon left is settled first, then comes the initial sync. */
  readonly stage: 'taking over' | 'initial sync' | 'handing over'
}

/** Returns the lines of the table `status` as they should be now. */
export function statusOf(
  options: Options,
  stages: Stages,
  standing: Standing,
): Readonly<Record<string, string>> {
  const { queue, scheduler, watching } = stages
  return {
    state: stateOf(stages, standing),
    engine: watching.engine ?? '',
    'catching up': catchingUpText(stages),
    progress: progressText(stages),
    'waiting since': sinceText(queue.events.waitingSince()),
    'deletions held': queue.held.any ? 'yes' : 'no',
    'last problem': watching.lastProblem,
    outage: scheduler.isOutage ? 'yes' : 'no',
    collectdelay: String(options.collectDelayMs / 1_000),
    bigfilecollectdelay: String(options.bigFileCollectDelayMs / 1_000),
    commondelay: String(options.commonDelayMs / 1_000),
  }
}

function stateOf({ queue, watching, pause }: Stages, standing: Standing): string {
  if (standing.isStopping) return 'stopping'
  if (standing.isHeld) return 'held'
  if (watching.engine === undefined) return 'starting'
  if (pause.isOn) return 'paused'
  if (standing.stage === 'taking over') return 'waiting for an earlier script'
  if (standing.stage === 'initial sync') return 'initial sync'
  return queue.owed.all().length === 0 ? 'watching' : 'catching up'
}

/** Also what waits its turn, or rests because it comes back again and again, is not caught up. */
function catchingUpText({ queue, reconciler }: Stages): string {
  const owed = reconciler.current ?? queue.owed.all()[0]
  return owed === undefined ? '' : `${owed.reason}: ${display(owed.path)}`
}

function progressText({ reconciler: { progress } }: Stages): string {
  if (progress === undefined) return ''
  const { directories, entries, entriesPerSecond } = progress
  return `${directories} directories, ${entries} entries, ${entriesPerSecond}/s`
}

/** An instant and not an age, which would have to be written again and again. */
function sinceText(instant: number | undefined): string {
  return instant === undefined ? '' : new Date(instant).toISOString()
}
