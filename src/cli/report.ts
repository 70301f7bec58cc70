import { ClsyncError, describe } from '../errors.ts'
import { formatOf } from './log-format.ts'
import { printable } from './printable.ts'

/** Returns the exit code of what ended clsync. */
export function exitCodeOf(error: unknown): 1 | 2 {
  if (!(error instanceof ClsyncError)) return 1
  switch (error.code) {
    case 'usage':
    case 'locked':
    case 'database':
    case 'damaged':
    case 'engine':
      return 2
    case 'failed':
      return 1
  }
}

/** Returns the lines that tell the user what ended clsync, and what to do. */
export function fatalLines(error: unknown, format: 'text' | 'json'): readonly string[] {
  const { message, hint } = fatalWords(error)
  if (format === 'text') return [`clsync: ${printable(message)}`, `hint: ${printable(hint)}`]
  const fatal = {
    at: Date.now(),
    severity: 'error',
    event: 'daemon:failed',
    message,
    hint,
  } as const
  return [formatOf('json')(fatal)]
}

/** Said where an error has no hint of its own. */
const NO_HINT = 'clsync --help explains the flags, the README everything else'

/** Returns what ended clsync, and what the user can do about it. */
export function fatalWords(error: unknown): { readonly message: string; readonly hint: string } {
  if (error instanceof ClsyncError) return { message: error.message, hint: error.hint ?? NO_HINT }
  const where = error instanceof Error ? (error.stack?.split('\n')[1]?.trim() ?? '') : ''
  return {
    message: `bug: ${describe(error)} ${where}`.trim(),
    hint: 'please report this line; nothing that was recorded is lost, start again',
  }
}
