import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'

import type { BytePath } from '../../dist/model/glossary.js'
import type { ByteTree } from './byte-tree.ts'

/** What a mirror must have the same: kind, mode, content or target of each path. Times are not in it. */
export type TreeSnapshot = ReadonlyMap<BytePath, string>

const MOST_SHOWN = 10

/** Looks at a whole tree, which must be at rest. */
export function snapshotOf(tree: ByteTree): TreeSnapshot {
  return new Map(tree.below('').map((path) => [path, describe(tree, path)]))
}

/** A path that two trees do not have the same. */
export interface Difference {
  readonly path: BytePath
  /** `source this, mirror that`. */
  readonly words: string
}

/** Finds out how two trees differ; the first ten differences are enough. */
export function differencesOf(source: TreeSnapshot, mirror: TreeSnapshot): readonly Difference[] {
  const differences: Difference[] = []
  for (const path of new Set([...source.keys(), ...mirror.keys()])) {
    const [there, here] = [source.get(path) ?? 'nothing', mirror.get(path) ?? 'nothing']
    if (there !== here) differences.push({ path, words: `source ${there}, mirror ${here}` })
    if (differences.length === MOST_SHOWN) break
  }
  return differences
}

function describe(tree: ByteTree, path: BytePath): string {
  const stat = tree.stat(path)
  if (stat === undefined) return 'gone'
  const mode = (stat.mode & 0o7777).toString(8)
  if (stat.isSymbolicLink()) return `link to ${readlinkSync(tree.at(path), 'latin1')}`
  if (stat.isDirectory()) return `directory ${mode}`
  if (!stat.isFile()) return `special ${stat.mode.toString(8)}`
  const hash = createHash('sha256').update(readFileSync(tree.at(path)))
  return `file ${mode}, ${stat.size} bytes, ${hash.digest('hex').slice(0, 16)}`
}
