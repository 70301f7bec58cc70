import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'

/** What kind of thing failed; the command line maps these to exit codes. */
export type ErrorCode =
  /** The command line, the rules file or a path on it is wrong: exit 2. */
  | 'usage'
  /** Another daemon has the database: exit 2. */
  | 'locked'
  /** The database cannot be used (foreign, newer, damaged, not writable): exit 2 at start. */
  | 'database'
  /** The database is damaged or was replaced under us: it is moved aside and rebuilt. */
  | 'damaged'
  /** The kernel interface cannot be used at all: exit 2 at start. */
  | 'engine'
  /** Anything that has no better word: exit 1. */
  | 'failed'

export interface ClsyncErrorOptions {
  /** What the user can do about it, one line. */
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/**
 * The one error class. `message` says in one line what failed with which path; `hint` says what to
 * do about it.
 */
export class ClsyncError extends Error {
  override readonly name = 'ClsyncError'
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: ClsyncErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }
}

/** What libuv has no name for, and so Node: by their negative number, as Node gives it. */
const UNNAMED: ReadonlyMap<number, string> = new Map([
  [-constants.errno.EDQUOT, 'EDQUOT'],
  [-constants.errno.ESTALE, 'ESTALE'],
])

/** Returns the name of an `errno` number: `ENOENT` for 2. */
export function errnoName(errno: number): string {
  return UNNAMED.get(-errno) ?? getSystemErrorName(-errno)
}

/** Returns the `errno` name of a system error (`ENOENT`), or undefined. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const number = 'errno' in error ? error.errno : undefined
  const unnamed = typeof number === 'number' ? UNNAMED.get(number) : undefined
  if (unnamed !== undefined) return unnamed
  return typeof error.code === 'string' ? error.code : undefined
}

/** Returns one line about anything that was thrown. */
export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
