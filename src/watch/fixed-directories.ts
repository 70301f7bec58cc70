import type { BytePath } from '../model/glossary.ts'
import type { WatchedDirectory } from './contract.ts'

/** One object a path, for hints from those who know directories only by path. */
export class FixedDirectories {
  readonly #directories = new Map<BytePath, WatchedDirectory>()

  at(path: BytePath): WatchedDirectory {
    let directory = this.#directories.get(path)
    if (directory === undefined) {
      directory = { path: () => path }
      this.#directories.set(path, directory)
    }
    return directory
  }

  /** Forgets them, once nobody holds one any more. */
  clear(): void {
    this.#directories.clear()
  }
}
