import { join } from '../../model/byte-path.ts'
import type { BytePath } from '../../model/glossary.ts'
import { ROOT } from './directory-table.ts'
import type { Move } from './moves.ts'
import { NONE } from './slots.ts'
import { type Purpose, Visitor, type VisitorParts } from './visitor.ts'
import { Arrival, Walk } from './walk.ts'
import { WatchKeeper } from './watch-keeper.ts'

const SLASH = 0x2f

/** What the tree is made of. */
export type TreeParts = Omit<VisitorParts, 'keeper' | 'walk'>

/** The watched directories of a tree: who comes, goes and moves in it. */
export class WatchedTree {
  readonly #parts: TreeParts
  readonly #walk: Walk
  readonly #keeper: WatchKeeper
  readonly #visitor: Visitor

  constructor(parts: TreeParts) {
    this.#parts = parts
    this.#keeper = new WatchKeeper(parts)
    this.#walk = new Walk(parts, this.#keeper)
    this.#visitor = new Visitor({ ...parts, walk: this.#walk, keeper: this.#keeper })
  }

  /** Says whether all directories that were found are watched and listed. */
  get isSettled(): boolean {
    return this.#walk.isDone
  }

  /** Watches the root; the rest of the tree waits to be walked. Says whether that worked. */
  begin(): boolean {
    this.#visitor.visit(ROOT, 'walk')
    return this.#parts.table.watchOf(ROOT) !== NONE
  }

  /** Watches and lists some of the directories that wait for it. */
  step(directories: number): void {
    this.#walk.resume()
    for (let left = directories; left > 0; left -= 1 + this.#walk.named) {
      const slot = this.#walk.next()
      if (slot === NONE) return
      this.#visitor.visit(slot, this.#purpose(slot, this.#walk.arrival))
    }
  }

  /** The kernel's queue was read to its end; its last events are still to be handled. */
  caughtUp(): void {
    this.#keeper.caughtUp()
  }

  tellLimit(): void {
    this.#visitor.tellLimit()
  }

  /**
   * A directory was made, they say, at `source[start]` to `source[end]` in `parent`: unless it is
   * known, watches it and tells what is in it.
   */
  make(parent: number, source: Buffer, start: number, end: number): void {
    const slot = this.#slotFor(parent, source, start, end)
    if (slot !== NONE) this.#visitor.visit(slot, new Arrival(slot))
  }

  /**
   * A directory may be here that was not made just now. Unless it is known, watches it and has it
   * compared: when it went and came back before anybody looked, only a comparison shows what is
   * missing in it.
   */
  find(parent: number, source: Buffer, start: number, end: number): void {
    const slot = this.#slotFor(parent, source, start, end)
    if (slot !== NONE) this.#visitor.visit(slot, 'compare')
  }

  /** A directory is said to be deleted. Says whether it was, and not replaced already. */
  vanish(slot: number): boolean {
    if (this.#visitor.visit(slot, 'compare')) return false
    this.#keeper.drop(slot)
    return true
  }

  /** A directory on the move has arrived. Says whether it is still watched. */
  place(move: Move, parent: number, source: Buffer, start: number, end: number): boolean {
    const { table } = this.#parts
    this.#keeper.place(move.slot, parent, source, start, end)
    if (!table.isRemoved(move.slot)) this.#keeper.dropRejected(move.slot)
    return !table.isRemoved(move.slot)
  }

  /** A directory on the move did not arrive: it is outside now, or never left. */
  leave(move: Move): void {
    const { table } = this.#parts
    this.lookBack(move)
    if (table.isDetached(move.slot)) this.#keeper.drop(move.slot)
  }

  /**
   * Makes sure that the table has the directory that is now where one left. It may be the very one:
   * when two are exchanged, what the table has at the second name has arrived there just now.
   */
  lookBack({ parent, name }: Move): void {
    this.find(parent, name, 0, name.length)
  }

  /** The kernel ended a watch unasked, since the file system was unmounted for example. */
  lost(slot: number): void {
    const { table, sink } = this.#parts
    let top = slot
    let branch = slot
    while (top !== ROOT && !this.#visitor.exists(top)) {
      branch = top
      top = table.parentOf(top)
    }
    sink.below(table.path(top), 'watch lost')
    this.#keeper.drop(branch)
  }

  /** Ends all watches of a subtree. */
  drop(slot: number): void {
    this.#keeper.drop(slot)
  }

  /** Makes sure that a directory is watched, and that the table has it at this path. */
  cover(path: BytePath): void {
    let slot: number = ROOT
    if (path !== '') {
      const names = Buffer.from(path, 'latin1')
      for (let start = 0, end = 0; slot !== NONE && end < names.length; start = end + 1) {
        const slash = names.indexOf(SLASH, start)
        end = slash === -1 ? names.length : slash
        slot = this.#descend(slot, names, start, end)
      }
    }
    if (slot !== NONE && !this.#keeper.isTrusted(slot)) this.#visitor.visit(slot, 'cover')
  }

  /** From now on every directory is verified once more when it is covered. */
  doubt(): void {
    this.#keeper.doubt()
  }

  /** Something was mounted or unmounted there, and a directory mounted twice may no longer be. */
  remounted(mountPoints: readonly BytePath[]): void {
    const { filter, sink } = this.#parts
    this.#keeper.doubt()
    for (const path of [...mountPoints, ...this.#visitor.takeTwins()]) {
      if (filter.walks(path)) sink.below(path, 'directory replaced')
    }
  }

  /** Lets go of what the rules reject now. */
  rewatch(): void {
    this.#keeper.dropRejected(ROOT)
  }

  /**
   * A directory above the one that is covered may be unknown too, since it could not be watched or
   * has come just now. Nobody else is about to list it.
   */
  #descend(parent: number, names: Buffer, start: number, end: number): number {
    const { table } = this.#parts
    if (end === names.length) return table.ensure(parent, names, start, end)
    const known = table.child(parent, names, start, end)
    if (known !== NONE) return known
    this.find(parent, names, start, end)
    return table.child(parent, names, start, end)
  }

  /** Returns the slot of a directory that may be new; NONE: the rules reject it. */
  #slotFor(parent: number, source: Buffer, start: number, end: number): number {
    const { table, filter } = this.#parts
    if (table.isRemoved(parent)) return NONE
    const known = table.child(parent, source, start, end)
    if (known !== NONE) return known
    const name = source.toString('latin1', start, end)
    if (!filter.accepts(join(table.path(parent), name), true)) return NONE
    return table.ensure(parent, source, start, end)
  }

  /** A directory may have been moved out of its arrival meanwhile. */
  #purpose(slot: number, arrival: Arrival | undefined): Purpose {
    if (arrival === undefined) return 'walk'
    return this.#parts.table.isWithin(slot, arrival.top) ? arrival : new Arrival(slot)
  }
}
