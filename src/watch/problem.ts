import { describe, errnoOf } from '../errors.ts'
import { display } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import type { WatchProblem } from './contract.ts'

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'let the user of the daemon read it, or reject it in the rules',
  EPERM: 'let the user of the daemon read it, or reject it in the rules',
  EIO: 'check the disk',
  EMFILE: 'raise the limit of open files (ulimit -n)',
  ENFILE: 'raise fs.file-max',
  ENAMETOOLONG: 'shorten the path',
}

/** Says that something could not be done with a directory: open, list or watch it. */
export function directoryProblem(path: BytePath, error: unknown): WatchProblem {
  const errno = errnoOf(error) ?? 'EIO'
  return {
    path,
    errno,
    message: `changes in directory ${display(path)} are not told: ${describe(error)}`,
    hint: HINTS[errno],
  }
}

const PASSING: ReadonlySet<string> = new Set(['EIO', 'EMFILE', 'ENFILE', 'ENOMEM', 'ESTALE'])

/**
 * Says whether it may work later although nothing changes there, so that no hint will say when: what
 * was missed has to be compared then.
 */
export function isPassing({ errno }: WatchProblem): boolean {
  return PASSING.has(errno)
}
