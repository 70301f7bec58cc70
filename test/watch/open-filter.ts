import type { PathFilter } from '../../dist/watch/contract.js'
import { Filter } from '../../dist/watch/filter.js'

/** Wants everything. */
export function openFilter(): PathFilter {
  return new Filter(() => () => true, [])
}
