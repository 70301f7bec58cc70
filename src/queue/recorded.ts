import type { BytePath, ReconcileReason } from '../model/glossary.ts'
import type { OwedReconcile } from './owed.ts'

/** What recording a packet came to. */
export interface Recorded {
  readonly sightings: number
  readonly events: number
  /** Of these, differences that a listing showed. */
  readonly differences: number
  /** Debts that were made. */
  readonly owed: readonly { readonly path: BytePath; readonly reason: ReconcileReason }[]
  /** The crawl that is complete with this packet. */
  readonly crawled:
    | { readonly crawl: number; readonly directories: number; readonly entries: number }
    | undefined
}

/** What a packet is recorded with. */
export interface RecordContext {
  readonly now: number
  /** The reconcile whose listings the packet may hold. */
  readonly reconcile: OwedReconcile | undefined
  /** Called for each sighting of a hint, for --debug. */
  readonly onHint: ((path: BytePath, mask: number, changed: boolean) => void) | undefined
}
