import { isWithin, parentOf } from '../model/byte-path.ts'
import type { BytePath, ReconcileReason } from '../model/glossary.ts'
import type { PacketWriter } from '../model/packet.ts'
import type { HintSink, WatchedDirectory } from './contract.ts'
import type { Lookout } from './lookout.ts'

type Names = Map<BytePath, number>

/** What an outbox keeps at most before precision goes. */
export interface OutboxLimits {
  /** Names waiting to be looked at. @default 250000 */
  readonly names: number
  /** Subtrees waiting to be compared. @default 5000 */
  readonly subtrees: number
  /** Moves of directories waiting to be told. @default 10000 */
  readonly renames: number
}

const LIMITS: OutboxLimits = { names: 250_000, subtrees: 5_000, renames: 10_000 }

/**
 * Keeps hints until they can be sent, coalesced: one mask a name, one entry a subtree. Names are
 * looked at when they leave. Memory is bounded: past the limits the fullest directories, at last the
 * whole tree, become "look at everything below"; precision is lost, never a change.
 */
export class Outbox implements Pick<HintSink, 'look' | 'renamed' | 'below'> {
  readonly #limits: OutboxLimits
  readonly #directories = new Map<WatchedDirectory, Names>()
  #names = 0
  #renames: { readonly from: BytePath; readonly to: BytePath }[] = []
  #subtrees = new Map<BytePath, ReconcileReason>()

  constructor(limits: OutboxLimits = LIMITS) {
    this.#limits = limits
  }

  /** Names waiting. */
  get names(): number {
    return this.#names
  }

  get isEmpty(): boolean {
    return this.#names === 0 && this.#renames.length === 0 && this.#subtrees.size === 0
  }

  look(directory: WatchedDirectory, name: BytePath, mask: number): void {
    let names = this.#directories.get(directory)
    if (names === undefined) {
      names = new Map()
      this.#directories.set(directory, names)
    }
    const before = names.get(name)
    if (before !== undefined) {
      if ((before | mask) !== before) names.set(name, before | mask)
      return
    }
    names.set(name, mask)
    this.#names += 1
    if (this.#names > this.#limits.names) this.#collapse()
  }

  renamed(from: BytePath, to: BytePath): void {
    if (this.#renames.length >= this.#limits.renames) this.#collapseAll()
    this.#renames.push({ from, to })
    const leavesSubtree = isCovered(this.#subtrees, parentOf(from))
    this.#subtrees = movedSubtrees(this.#subtrees, from, to)
    if (leavesSubtree) this.below(to, 'directory moved')
  }

  below(path: BytePath, reason: ReconcileReason): void {
    if (isCovered(this.#subtrees, path)) return
    this.#subtrees.set(path, reason)
    while (this.#subtrees.size > this.#limits.subtrees) this.#subtrees = parentsOf(this.#subtrees)
  }

  /**
   * Writes moves, then subtrees, then what is now at up to `limit` waiting names; names of the
   * directory `held` go on waiting. Returns how many names were taken.
   */
  flush(writer: PacketWriter, lookout: Lookout, limit: number, held?: BytePath): number {
    for (const { from, to } of this.#renames) writer.renamed(from, to)
    this.#renames = []
    for (const [path, reason] of this.#subtrees) writer.below(path, reason)
    this.#subtrees.clear()
    let taken = 0
    for (const [directory, names] of this.#directories) {
      if (taken >= limit) break
      if (held === undefined || directory.path() !== held) {
        taken += this.#flushDirectory(directory, names, lookout, limit - taken)
      }
    }
    return taken
  }

  /** Forgets everything, for when the watch directory is lost. */
  clear(): void {
    this.#directories.clear()
    this.#subtrees.clear()
    this.#names = 0
    this.#renames = []
  }

  #flushDirectory(
    directory: WatchedDirectory,
    names: Names,
    lookout: Lookout,
    room: number,
  ): number {
    const path = directory.path()
    const before = names.size
    const itself = names.get('')
    if (itself !== undefined) {
      names.delete('')
      lookout.sightPath(path, itself)
    }
    if (names.size > 0 && before - names.size < room) {
      lookout.sightHints(path, takeFrom(names, room - (before - names.size)))
    }
    if (names.size === 0) this.#directories.delete(directory)
    const taken = before - names.size
    this.#names -= taken
    return taken
  }

  /** Trades the fullest directories for subtrees until half of the room is free. */
  #collapse(): void {
    const fullestFirst = [...this.#directories].sort(([, a], [, b]) => b.size - a.size)
    for (const [directory, names] of fullestFirst) {
      if (this.#names <= this.#limits.names / 2) return
      this.#directories.delete(directory)
      this.#names -= names.size
      this.below(directory.path(), 'too many hints')
    }
  }

  #collapseAll(): void {
    this.clear()
    this.below('', 'too many hints')
  }
}

/** Yields names and takes them out, so that a hint that comes meanwhile is a new one. */
function* takeFrom(names: Names, most: number): Generator<readonly [BytePath, number]> {
  let left = most
  for (const entry of names) {
    names.delete(entry[0])
    yield entry
    left -= 1
    if (left === 0) return
  }
}

function isCovered(subtrees: ReadonlyMap<BytePath, ReconcileReason>, path: BytePath): boolean {
  let above = path
  while (!subtrees.has(above)) {
    if (above === '') return false
    above = parentOf(above)
  }
  return true
}

function parentsOf(subtrees: ReadonlyMap<BytePath, unknown>): Map<BytePath, ReconcileReason> {
  return new Map([...subtrees.keys()].map((path) => [parentOf(path), 'too many hints']))
}

/** Waiting subtrees are written after the moves, so they go along with them. */
function movedSubtrees(
  subtrees: Map<BytePath, ReconcileReason>,
  from: BytePath,
  to: BytePath,
): Map<BytePath, ReconcileReason> {
  const moves = (path: BytePath): boolean => path !== '' && isWithin(path, from)
  if (![...subtrees.keys()].some(moves)) return subtrees
  return new Map(
    [...subtrees].map(([path, reason]) => [
      moves(path) ? to + path.slice(from.length) : path,
      reason,
    ]),
  )
}
