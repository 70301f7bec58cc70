import type { BytePath, Event, Run, SizeClass } from '../model/glossary.ts'
import type { RunOutcome } from '../model/run-outcome.ts'

/** The events handed to one run. */
export interface Batch {
  readonly run: Run
  readonly sizeClass: SizeClass
  /** In path order: a directory comes before what is in it. */
  readonly events: readonly Event[]
  /** Where they were taken from. */
  readonly from: BatchOrigin
}

export type BatchOrigin =
  | { readonly state: 'pending' }
  | { readonly state: 'suspect'; readonly part: number }
  | { readonly state: 'isolated' }

/** Which events a claim asks for. */
export type ClaimRequest = {
  /** At most so many. */
  readonly limit: number
  /** P3: false for paths that a run in progress holds, or that lie above or below one. */
  readonly isFree: (path: BytePath) => boolean
} & (
  | {
      readonly state: 'pending'
      readonly sizeClass: SizeClass
      /** Those first seen until then were asked for in vain. */
      readonly after: number
      readonly firstSeenUntil: number
    }
  | {
      readonly state: 'suspect'
      readonly part: number
      /** The first of them or none, where a run in progress holds it. */
      readonly inOrder: boolean
    }
  | {
      readonly state: 'isolated'
      readonly sizeClass: SizeClass
      /** Those due until then were asked for in vain. */
      readonly after: number
      readonly retryUntil: number
    }
)

/** What becomes of a batch's events after its run. */
export type Settlement =
  /** They are done, except those that changed meanwhile and those named as failed (P2). */
  | {
      readonly type: 'acknowledge'
      readonly failed: readonly BytePath[]
      readonly retryInMs: number
    }
  /** They are one part under suspicion, to be run together again. */
  | { readonly type: 'suspect'; readonly part: number; readonly retryInMs: number }
  /** They are two parts under suspicion. */
  | { readonly type: 'split'; readonly lower: number; readonly upper: number }
  /** They fail alone: each waits for itself (P5). */
  | { readonly type: 'isolate'; readonly retryInMs: number }
  /** Nothing is known of the run, or it was not begun: as if it had not been. */
  | { readonly type: 'put back' }

/**
 * What the scheduler needs of the queue. Methods returning promises do their work in the order in
 * which they are called, and resolve when it is durable.
 */
export interface Backlog {
  /** First seen of the oldest pending event of a class that was first seen after an instant. */
  oldest(sizeClass: SizeClass, after: number): number | undefined
  /** When the next isolated path of a class may be retried, of those that may after an instant. */
  nextRetryAt(sizeClass: SizeClass, after: number): number | undefined
  /** Says whether events of a part under suspicion are left, besides those in runs. */
  hasPart(part: number): boolean
  /** Says whether an event of this path waits for a run. */
  waits(path: BytePath): boolean
  /** Marks events as running and records the run; undefined when there is nothing to take. */
  claim(request: ClaimRequest): Promise<Batch | undefined>
  settle(batch: Batch, outcome: RunOutcome, settlement: Settlement): Promise<void>
}
