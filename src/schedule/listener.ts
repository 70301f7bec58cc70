import type { AfterFailure } from '../events.ts'
import type { BytePath } from '../model/glossary.ts'
import type { RunOutcome } from '../model/run-outcome.ts'
import type { Batch, Settlement } from './backlog.ts'

/** What went wrong, and what to do about it. */
type Words = Pick<RunOutcome, 'why' | 'hint'>

export interface SchedulerListener {
  /** `next` is what becomes of its paths, in `retryInMs`. */
  failed(batch: Batch, outcome: RunOutcome, next: AfterFailure, retryInMs: number): void
  isolated(path: BytePath, words: Words, retryInMs: number): void
  /** So many runs in a row failed that few are tried from now on. */
  outageBegan(): void
  outageEnded(): void
  /** The queue failed; the daemon cannot go on. */
  broken(error: unknown): void
}

const NAMED: Words = { why: 'the script named it in CLSYNC_FAILED', hint: undefined }

/** Says what became of the paths of a run that failed, or of those that failed in it. */
export function tellSettled(
  listener: SchedulerListener,
  batch: Batch,
  outcome: RunOutcome,
  settlement: Settlement,
): void {
  switch (settlement.type) {
    case 'acknowledge':
      for (const path of settlement.failed) listener.isolated(path, NAMED, settlement.retryInMs)
      return
    case 'isolate':
      for (const { path } of batch.events) listener.isolated(path, outcome, settlement.retryInMs)
      return
    case 'suspect':
      return listener.failed(batch, outcome, 'retry', settlement.retryInMs)
    case 'split':
    case 'put back':
      return listener.failed(batch, outcome, settlement.type, 0)
  }
}
