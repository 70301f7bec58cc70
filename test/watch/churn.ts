import { appendFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { exchange } from '../support/exchange.js'

/**
 * Changes a tree at random, as fast as it can: `node churn.js TREE OUTSIDE SEED OPERATIONS`.
 * Directories are made, removed, moved within, out, in, and swapped; files come and go in them.
 */
const [tree = '', outside = '', seed = '1', operations = '1000'] = process.argv.slice(2)

const NAMES = ['a', 'b', 'c', 'd', 'e']
const DEEPEST = 5

let state = Number(seed)
/** A number below `limit`; the same ones for the same seed. */
function random(limit: number): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
  return (state >>> 8) % limit
}

function pick<T>(from: readonly T[], otherwise: T): T {
  return from[random(from.length)] ?? otherwise
}

/** A directory below `top`, which may be `top` itself. */
function directory(top: string): string {
  let at = top
  for (let depth = random(DEEPEST); depth > 0; depth--) {
    const below = readdirSync(at, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    if (below.length === 0) break
    at = join(at, pick(below, below[0])?.name ?? '')
  }
  return at
}

/** A directory in the tree, but not the tree itself. */
function inner(): string {
  const found = directory(tree)
  if (found === tree) throw new Error('the tree itself stays')
  return found
}

const name = (): string => pick(NAMES, 'a')
const file = (): string => join(directory(tree), `file-${name()}`)

const changes: readonly (() => void)[] = [
  () => mkdirSync(join(directory(tree), name())),
  () => mkdirSync(join(directory(tree), name(), name(), name()), { recursive: true }),
  () => mkdirSync(join(directory(tree), name(), name()), { recursive: true }),
  () => writeFileSync(file(), 'new'),
  () => writeFileSync(file(), 'new'),
  () => appendFileSync(file(), 'more'),
  () => rmSync(file()),
  () => renameSync(inner(), join(directory(tree), name())),
  () => renameSync(inner(), join(directory(tree), name())),
  () => exchange(inner(), inner()),
  () => renameSync(inner(), join(outside, name())),
  () => renameSync(join(outside, name()), join(directory(tree), name())),
  () => rmSync(inner(), { recursive: true }),
]

for (let left = Number(operations); left > 0; left--) {
  const change = pick(changes, changes[0] ?? (() => undefined))
  try {
    change()
  } catch {
    // Not possible in the tree as it is now: another one will be.
  }
}
