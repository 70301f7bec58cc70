import type { BytePath } from '../model/glossary.ts'

/**
 * The paths that runs in progress hold (P3): two runs never hold the same path, nor a directory and
 * something below it.
 */
export class InFlight {
  readonly #held = new Set<BytePath>()
  /** Directories above held paths, with how many paths they are above of. */
  readonly #above = new Map<BytePath, number>()

  add(paths: Iterable<BytePath>): void {
    for (const path of paths) {
      this.#held.add(path)
      for (const directory of directoriesAbove(path)) {
        this.#above.set(directory, (this.#above.get(directory) ?? 0) + 1)
      }
    }
  }

  remove(paths: Iterable<BytePath>): void {
    for (const path of paths) {
      this.#held.delete(path)
      for (const directory of directoriesAbove(path)) {
        const count = (this.#above.get(directory) ?? 0) - 1
        if (count > 0) this.#above.set(directory, count)
        else this.#above.delete(directory)
      }
    }
  }

  /** Says whether a run may have this path now. */
  isFree(path: BytePath): boolean {
    if (this.#held.size === 0) return true
    if (this.#held.has(path) || this.#above.has(path)) return false
    for (const directory of directoriesAbove(path)) if (this.#held.has(directory)) return false
    return true
  }
}

/** All directories a path is in, the watch directory (`''`) last. */
function* directoriesAbove(path: BytePath): IterableIterator<BytePath> {
  if (path === '') return
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    yield path.slice(0, slash)
  }
  yield ''
}
