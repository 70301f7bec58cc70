import type { BytePath } from '../../model/glossary.ts'
import type { WatchedDirectory } from '../contract.ts'
import type { WatchedMount } from './watched-mounts.ts'

/** Where a directory is that is nowhere in the tree; unknown: it could not be found out. */
export const Absence = { outside: 0, gone: 1, unknown: 2 } as const
export type Absence = (typeof Absence)[keyof typeof Absence]

/** Finds directories. */
export interface Finder {
  /** Counted up when paths may have changed. */
  readonly generation: number
  find(mount: WatchedMount, key: string): BytePath | Absence
}

/** A directory in the tree, seen through one mount. */
export class Place implements WatchedDirectory {
  readonly mount: WatchedMount
  readonly #key: string
  readonly #finder: Finder
  #path: BytePath
  #generation: number

  constructor(finder: Finder, mount: WatchedMount, key: string, path: BytePath) {
    this.mount = mount
    this.#finder = finder
    this.#key = key
    this.#path = path
    this.#generation = finder.generation
  }

  /** Where it is now, or where it was last. */
  path(): BytePath {
    if (this.#generation === this.#finder.generation) return this.#path
    const found = this.#finder.find(this.mount, this.#key)
    this.foundAt(typeof found === 'string' ? found : this.#path)
    return this.#path
  }

  foundAt(path: BytePath): void {
    this.#path = path
    this.#generation = this.#finder.generation
  }
}
