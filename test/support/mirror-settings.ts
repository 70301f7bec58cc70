import { readFileSync } from 'node:fs'

import type { BytePath } from '../../dist/model/glossary.js'

/** What the mirror script has to know, as JSON in a file. */
export interface MirrorSettings {
  readonly from: string
  readonly to: string
  readonly label: string
  readonly terminator: '\n' | '\0'
  /** Directory for what it notes and for its drafts; on the file system of `to`. */
  readonly notes: string
  readonly trouble: Trouble
}

/** How often it fails or dawdles: probabilities from 0 to 1. */
export interface Trouble {
  readonly seed: number
  readonly failing: number
  readonly slow: number
}

export const NO_TROUBLE: Trouble = { seed: 0, failing: 0, slow: 0 }

/** What the script notes of each call it finished. */
export interface CallNote {
  /** Nanoseconds of the monotonic clock, in decimal, before it looked at anything. */
  readonly startedAt: string
  readonly run: number
  readonly kind: string
  readonly succeeded: boolean
  /** Relative to the watch directory; what it named as failed is not in it. */
  readonly paths: readonly BytePath[]
}

/** All notes of a mirror script, in order; one that was cut off by a kill is left out. */
export function readNotes(notes: string): readonly CallNote[] {
  return readLines(`${notes}/calls`).flatMap((line) => parseNote(line))
}

/** What the script found to be wrong with how it was called. */
export function readViolations(notes: string): readonly string[] {
  return readLines(`${notes}/violations`)
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch {
    return []
  }
}

function parseNote(line: string): readonly CallNote[] {
  try {
    return [JSON.parse(line)]
  } catch {
    return []
  }
}
