import type { Ere } from './ere.ts'

/**
 * Counts the positions of an expression with its intervals written out, which the cost of matching
 * one character is bounded by.
 */
export function sizeOf(ere: Ere): number {
  switch (ere.kind) {
    case 'sequence':
      return ere.parts.reduce((sum, part) => sum + sizeOf(part), 0)
    case 'choice':
      return ere.branches.reduce((sum, branch) => sum + sizeOf(branch), 0)
    case 'repeat':
      return sizeOf(ere.inner) * Math.max(1, ere.max ?? ere.min)
    case 'char':
    case 'any':
    case 'set':
    case 'start':
    case 'end':
      return 1
  }
}
