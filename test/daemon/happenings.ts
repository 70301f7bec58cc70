import { isWithin } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'
import * as mask from '../../dist/model/mask.js'
import type { Change, Operation, State } from './tree-world.js'

/** What the kernel says of an operation, of a name whose directory is watched. */
export interface Happening {
  readonly path: BytePath
  /** inotify bits. */
  readonly mask: number
  /** Renamed inside the tree; `path` is the old name. */
  readonly to?: BytePath
}

type States = ReadonlyMap<BytePath, State>

/** Returns what the kernel would say, given what was there and what is there now. */
export function happenings(
  operation: Operation,
  before: States,
  after: States,
): readonly Happening[] {
  const { kind, path } = operation
  const was = before.get(path)
  const is = after.get(path)
  if (kind === 'rename') {
    const { to } = operation
    if (was === undefined || path === to || is !== undefined) return []
    return [...gone(before.get(to) && to, before), { path, to, mask: directoryBit(was) }]
  }
  if (kind === 'remove') return is === undefined ? removed(path, before) : []
  if (kind === 'move out') {
    if (was === undefined || is !== undefined) return []
    return [{ path, mask: mask.IN_MOVED_FROM | directoryBit(was) }]
  }
  if (is === undefined || was?.stamp === is.stamp) return attributes(kind, is, path)
  return [{ path, mask: maskOf(kind, was) | directoryBit(is) }]
}

/** A directory's times are not in its stamp, but the kernel tells when they are set. */
function attributes(kind: Change, is: State | undefined, path: BytePath): readonly Happening[] {
  if (is === undefined || (kind !== 'set mtime back' && kind !== 'change mode')) return []
  return [{ path, mask: mask.IN_ATTRIB | directoryBit(is) }]
}

function maskOf(kind: Change, was: State | undefined): number {
  switch (kind) {
    case 'write':
    case 'write quietly':
      return mask.IN_MODIFY | mask.IN_CLOSE_WRITE | (was === undefined ? mask.IN_CREATE : 0)
    case 'replace':
    case 'move in a tree':
      return mask.IN_MOVED_TO
    case 'make directory':
    case 'link':
      return mask.IN_CREATE
    case 'change mode':
    case 'set mtime back':
      return mask.IN_ATTRIB
  }
}

/** What a rename replaces: a file, or an empty directory. */
function gone(path: BytePath | undefined | false, before: States): readonly Happening[] {
  return typeof path === 'string' && before.get(path)?.isDirectory === true
    ? removed(path, before)
    : []
}

/** What is below goes first. */
function removed(path: BytePath, before: States): readonly Happening[] {
  return [...before]
    .filter(([each]) => isWithin(each, path))
    .reverse()
    .map(([each, state]) => ({ path: each, mask: mask.IN_DELETE | directoryBit(state) }))
}

function directoryBit({ isDirectory }: State): number {
  return isDirectory ? mask.IN_ISDIR : 0
}
