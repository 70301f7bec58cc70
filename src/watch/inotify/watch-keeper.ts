import { join } from '../../model/byte-path.ts'
import type { BytePath } from '../../model/glossary.ts'
import type { PathFilter, HintSink } from '../contract.ts'
import { type DirectoryTable, ROOT } from './directory-table.ts'
import type { KernelWatches } from './kernel-watches.ts'
import { NONE } from './slots.ts'

/** What is kept in line. */
export interface KeeperParts {
  readonly table: DirectoryTable
  readonly kernel: KernelWatches
  readonly filter: PathFilter
  readonly sink: HintSink
}

/** Epochs are kept in eight bits a directory. */
const EPOCHS = 0xff

/** Changes the table together with the kernel's watches. */
export class WatchKeeper {
  readonly #parts: KeeperParts
  readonly #unwatch: (watch: number) => void
  #epoch = 0
  /** Directories were found by their paths since the kernel's queue was read to its end. */
  #isAhead = false
  /** The same between the two times before that. */
  #wasAhead = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
    this.#unwatch = (watch) => parts.kernel.remove(watch)
  }

  /** Says whether a directory is watched and was not doubted since it was verified. */
  isTrusted(slot: number): boolean {
    const { table } = this.#parts
    return table.watchOf(slot) !== NONE && table.epochOf(slot) === this.#epoch
  }

  /** The directory is what the table says. */
  trust(slot: number): void {
    this.#parts.table.setEpoch(slot, this.#epoch)
  }

  /** The directory may be another one, or elsewhere. */
  distrust(slot: number): void {
    this.#parts.table.setEpoch(slot, this.#epoch - 1)
  }

  /** No directory is trusted until it is verified. */
  doubt(): void {
    this.#epoch = (this.#epoch + 1) & EPOCHS
  }

  /**
   * A directory was found by its path. If one above it has been moved before, of which the kernel has
   * told and nobody has read, that path led elsewhere: see {@link place}.
   */
  foundByPath(): void {
    this.#isAhead = true
  }

  /** The kernel's queue was read to its end: what was found before the last time is known to be right. */
  caughtUp(): void {
    this.#wasAhead = this.#isAhead
    this.#isAhead = false
  }

  /** Removes a subtree and ends its watches. */
  drop(slot: number): void {
    this.#parts.table.remove(slot, this.#unwatch)
  }

  /** Removes what hangs below a directory. */
  dropBelow(slot: number): void {
    const { table } = this.#parts
    for (let child; (child = table.firstChild(slot)) !== NONE;) this.drop(child)
  }

  /** Removes the directories of a subtree that the rules reject. */
  dropRejected(top: number): void {
    const { table, filter } = this.#parts
    const left: { readonly slot: number; readonly path: BytePath }[] = []
    left.push({ slot: top, path: table.path(top) })
    for (let at = left.pop(); at !== undefined; at = left.pop()) {
      const { slot, path } = at
      if (slot !== ROOT && !filter.accepts(path, true)) {
        this.drop(slot)
        continue
      }
      for (let child = table.firstChild(slot); child !== NONE; child = table.nextSibling(child)) {
        left.push({ slot: child, path: join(path, table.name(child)) })
      }
    }
  }

  /**
   * Puts a directory that was moved where it is now, instead of what the table has there. What was
   * found below it in the meantime may belong elsewhere: the crawl that a move owes looks again.
   */
  place(slot: number, parent: number, source: Buffer, start: number, end: number): void {
    const { table } = this.#parts
    const before = table.child(parent, source, start, end)
    if (before === slot) return
    if (table.isWithin(parent, slot)) return this.despair(slot)
    // First out of its old place, which may be below the directory that is dropped.
    table.detach(slot)
    if (before !== NONE) this.drop(before)
    table.attach(slot, parent, source, start, end)
    if (this.#isAhead || this.#wasAhead) this.#distrustBelow(slot)
  }

  #distrustBelow(top: number): void {
    const { table } = this.#parts
    const left = [top]
    for (let slot = left.pop(); slot !== undefined; slot = left.pop()) {
      for (let child = table.firstChild(slot); child !== NONE; child = table.nextSibling(child)) {
        this.distrust(child)
        left.push(child)
      }
    }
  }

  /** The table is so far behind that a directory would hang below itself: begin anew with it. */
  despair(slot: number): void {
    this.drop(slot)
    this.doubt()
    this.#parts.sink.below('', 'watch lost')
  }
}
