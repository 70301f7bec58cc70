import { describe, errnoOf } from '../../errors.ts'
import type { BytePath } from '../../model/glossary.ts'
import type { WatchProblem } from '../contract.ts'

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'raise fs.inotify.max_user_watches (one watch a file), or use --inotify or --poll',
  EMFILE: 'raise fs.inotify.max_user_instances and the limit of open files, or use --poll',
  EACCES: 'let the user of the daemon read it, or reject it in the rules',
  EPERM: 'let the user of the daemon read it, or reject it in the rules',
}

/** Says what an error of chokidar means. `pathOf` turns its paths into ours. */
export function chokidarProblem(
  error: unknown,
  pathOf: (native: string) => BytePath | undefined,
): WatchProblem {
  const errno = errnoOf(error) ?? 'EIO'
  return {
    path: pathOf(nativePath(error) ?? '') ?? '',
    errno,
    message: `cannot watch: ${describe(error)}`,
    hint: HINTS[errno],
  }
}

function nativePath(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('path' in error)) return undefined
  return typeof error.path === 'string' ? error.path : undefined
}
