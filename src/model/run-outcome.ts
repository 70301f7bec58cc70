import type { BytePath } from './glossary.ts'

/** How a run ended. */
export interface RunOutcome {
  /** The script exited by itself, with 0 or a code the user ignores, and named not all paths as failed. */
  readonly succeeded: boolean
  readonly exitCode: number | undefined
  /** Name of the signal that ended it. */
  readonly signal: string | undefined
  /** One line: `exit code 23`, `killed by SIGTERM`, `timed out after 86400 s`. */
  readonly why: string
  /** What to do about it, one line. */
  readonly hint: string | undefined
  /** Last 4 KiB of its output. */
  readonly tail: string
  /**
   * Paths of the batch that failed while the others did not: named by the script in CLSYNC_FAILED,
   * or not come to. None: all of the batch fared as `succeeded` says. What a script named before a
   * signal or a timeout does not count, since the others are in doubt then.
   */
  readonly failedPaths: readonly BytePath[]
  /** What the script named besides; as it stands there, with the watch directory before it. */
  readonly strangePaths: readonly BytePath[]
}

/** What is said of a run that was claimed in vain. */
export const NOT_BEGUN: RunOutcome = {
  succeeded: false,
  exitCode: undefined,
  signal: undefined,
  why: 'not begun',
  hint: undefined,
  tail: '',
  failedPaths: [],
  strangePaths: [],
}
