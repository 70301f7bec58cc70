import { fromBytes } from '../model/byte-path.ts'
import type { Event, SizeClass } from '../model/glossary.ts'

export interface EventRow {
  readonly id: number
  readonly path: Buffer
  readonly mask: number
  readonly size_class: SizeClass
  readonly attempts: number
}

/** An event that may be claimed. */
export interface Candidate extends Event {
  /** Key of the row. */
  readonly id: number
  /** Failed runs it was in; once it is isolated, those of its own. */
  readonly attempts: number
}

/** Which events a claim may take; `after`: only those first seen, or due, later. @default all */
export type ClaimFrom =
  /** Pending events of a class first seen at or before an instant, oldest first. */
  | {
      readonly state: 'pending'
      readonly sizeClass: SizeClass
      readonly after?: number
      readonly firstSeenUntil: number
    }
  /** One part of a failing batch. */
  | { readonly state: 'suspect'; readonly part: number }
  /** Isolated paths whose retry is due, each for itself. */
  | {
      readonly state: 'isolated'
      readonly sizeClass: SizeClass
      readonly after?: number
      readonly retryUntil: number
    }

const COLUMNS = 'SELECT id, CAST(path AS BLOB) AS path, mask, size_class, attempts FROM event'

/** Returns the query for them, best first, by page; parameters are named as in {@link ClaimFrom}. */
export function candidatesQuery({ state }: ClaimFrom): string {
  switch (state) {
    case 'pending':
      return `
        ${COLUMNS} WHERE state = 'pending' AND size_class = @sizeClass
          AND first_seen > @after AND first_seen <= @firstSeenUntil
        ORDER BY first_seen LIMIT @limit OFFSET @offset`
    case 'suspect':
      return `
        ${COLUMNS} WHERE state = 'suspect' AND part = @part ORDER BY attempts, path
        LIMIT @limit OFFSET @offset`
    case 'isolated':
      return `
        ${COLUMNS} WHERE state = 'isolated' AND size_class = @sizeClass
          AND retry_at > @after AND retry_at <= @retryUntil
        ORDER BY retry_at LIMIT @limit OFFSET @offset`
  }
}

export function toCandidate(row: EventRow): Candidate {
  return {
    id: row.id,
    path: fromBytes(row.path),
    mask: row.mask,
    sizeClass: row.size_class,
    attempts: row.attempts,
  }
}
