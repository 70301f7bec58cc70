import type { BytePath } from '../../model/glossary.ts'
import type { WatchedDirectory } from '../contract.ts'
import type { DirectoryTable } from './directory-table.ts'

/** Hands out one object a directory, so that the sink can gather names by it. */
export class DirectoryHandles {
  readonly #table: DirectoryTable
  readonly #handles = new Map<number, WatchedDirectory>()

  constructor(table: DirectoryTable) {
    this.#table = table
  }

  of(slot: number): WatchedDirectory {
    const known = this.#handles.get(slot)
    if (known !== undefined) return known
    const handle = new TableDirectory(this.#table, slot)
    this.#handles.set(slot, handle)
    return handle
  }

  /** Forgets them, once nobody holds one any more. */
  clear(): void {
    this.#handles.clear()
  }
}

class TableDirectory implements WatchedDirectory {
  readonly #table: DirectoryTable
  readonly #slot: number

  constructor(table: DirectoryTable, slot: number) {
    this.#table = table
    this.#slot = slot
  }

  path(): BytePath {
    return this.#table.path(this.#slot)
  }
}
