import type { Libc } from '../linux/libc.ts'
import type { HandlePaths } from './handle-paths.ts'
import type { KernelGroup } from './kernel-group.ts'

export interface MarkParts {
  readonly libc: Libc
  readonly group: KernelGroup
  readonly paths: HandlePaths
}

const EXDEV = 18

/**
 * Marks the file system that an open directory is on. Returns the identity that its events have, or
 * the errno.
 *
 * A subvolume of btrfs has an identity of its own, by which nothing can be marked (EXDEV). What it
 * is in may have that of the file system, under which the events of all subvolumes come.
 */
export function markFrom(directory: number, { libc, group, paths }: MarkParts): string | number {
  let at = directory
  let errno = group.markFileSystem(at)
  while (errno === EXDEV) {
    const above = paths.openAbove(at)
    if (at !== directory) libc.close(at)
    if (above < 0) return EXDEV
    at = above
    errno = group.markFileSystem(at)
  }
  const identity = errno === 0 ? paths.fsidOf(at) : errno
  if (at !== directory) libc.close(at)
  return identity
}
