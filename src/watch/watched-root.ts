import { statSync } from 'node:fs'

import { describe, errnoOf } from '../errors.ts'

/** Device and inode of the watch directory. */
export interface WatchedRoot {
  readonly dev: bigint
  readonly ino: bigint
}

/** Returns which directory the path leads to now. Throws an Error with `code`. */
export function watchedRoot(root: string): WatchedRoot {
  const { dev, ino } = statSync(root, { bigint: true })
  return { dev, ino }
}

/** Returns why the path no longer leads to that directory, or undefined when it does. */
export function whyLost(root: string, expected: WatchedRoot): string | undefined {
  try {
    const found = watchedRoot(root)
    if (found.dev === expected.dev && found.ino === expected.ino) return undefined
    return `${root} is another directory than the one that was watched`
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return `${root} is gone`
    return `${root} cannot be looked at: ${describe(error)}`
  }
}
