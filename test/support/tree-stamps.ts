import { lstatSync, readdirSync, type BigIntStats } from 'node:fs'

import { fromBytes, isWithin, join, parentOf } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'
import { IN_DELETE, IN_MOVED_FROM } from '../../dist/model/mask.js'
import type { ByteTree } from './byte-tree.ts'

const GOING = IN_DELETE | IN_MOVED_FROM

/** Every path of a tree and what `lstat` says of it. */
export type Stamps = ReadonlyMap<BytePath, BigIntStats>

export function stampsOf(tree: ByteTree): Stamps {
  const stamps = new Map<BytePath, BigIntStats>()
  const walk = (directory: BytePath): void => {
    for (const name of readdirSync(tree.at(directory), { encoding: 'buffer' })) {
      const path = join(directory, fromBytes(name))
      const stat = lstatSync(tree.at(path), { bigint: true })
      stamps.set(path, stat)
      if (stat.isDirectory()) walk(path)
    }
  }
  walk('')
  return stamps
}

/**
 * Returns exactly the paths that have to be told after the tree became another one unseen: what is
 * new, what is different, and of what is gone the topmost.
 */
export function differentPaths(before: Stamps, after: Stamps): Set<BytePath> {
  const different = new Set<BytePath>()
  for (const [path, now] of after) {
    const then = before.get(path)
    if (then === undefined || isOther(then, now)) different.add(path)
  }
  for (const path of before.keys()) {
    const isTopmost = parentOf(path) === '' || after.get(parentOf(path))?.isDirectory() === true
    if (!after.has(path) && isTopmost) different.add(path)
  }
  return different
}

/**
 * Returns what is below directories whose ctime alone is another. They may have been away while a
 * script ran that nobody watched, so all of them may be told.
 */
export function belowDirectoriesAway(earlier: readonly Stamps[], after: Stamps): Set<BytePath> {
  const away = [...after].flatMap(([path, now]) =>
    earlier.some((before) => isAway(before.get(path), now)) ? [path] : [],
  )
  return new Set([...after.keys()].filter((path) => away.some((top) => isWithin(path, top))))
}

/**
 * Returns what is gone of directories that went while somebody looked and whose place others have
 * taken since: it is told name by name, since scripts see nothing of it.
 */
export function belowDirectoriesReplaced(
  before: Stamps,
  seen: Stamps,
  after: Stamps,
): Set<BytePath> {
  const replaced = [...before].flatMap(([path, then]) => {
    const wentAway = then.isDirectory() && seen.get(path)?.ino !== then.ino
    return wentAway && after.get(path)?.isDirectory() === true ? [path] : []
  })
  const gone = [...before.keys()].filter((path) => !after.has(path))
  return new Set(gone.filter((path) => replaced.some((top) => isWithin(path, top))))
}

function isAway(then: BigIntStats | undefined, now: BigIntStats): boolean {
  if (then === undefined || !now.isDirectory() || then.ino !== now.ino) return false
  return then.mode === now.mode && then.mtimeNs === now.mtimeNs && then.ctimeNs !== now.ctimeNs
}

/** Says whether the path itself was told, or the going of the directory that it was in. */
export function isTold(path: BytePath, told: ReadonlyMap<BytePath, number>): boolean {
  if (told.has(path)) return true
  return path !== '' && ((told.get(parentOf(path)) ?? 0) & GOING) !== 0
}

function isOther(then: BigIntStats, now: BigIntStats): boolean {
  if (then.mode !== now.mode || then.uid !== now.uid || then.gid !== now.gid) return true
  if (then.ino !== now.ino) return true
  if (!now.isDirectory()) {
    return then.size !== now.size || then.mtimeNs !== now.mtimeNs || then.ctimeNs !== now.ctimeNs
  }
  // Names that come and go set both times to the same; they are told by themselves.
  return (
    then.ctimeNs !== now.ctimeNs && (then.mtimeNs === now.mtimeNs || now.mtimeNs !== now.ctimeNs)
  )
}
