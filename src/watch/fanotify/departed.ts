import type { BytePath } from '../../model/glossary.ts'

/** What is told of a name in a directory that is gone. */
export interface DepartedName {
  readonly mask: number
  /** Key of the directory that had this name and was deleted. */
  readonly child: string | undefined
}

type Names = Map<BytePath, DepartedName>

/** Names kept before they are given up: their directory's own deletion says that they are gone. */
const MOST_NAMES = 20_000

/**
 * Names in directories that were deleted before anybody asked for their paths. The deletion of the
 * directory, which its parent tells right after, says where it was.
 */
export class Departed {
  readonly #most: number
  readonly #directories = new Map<string, Names>()
  #names = 0

  constructor(most: number = MOST_NAMES) {
    this.#most = most
  }

  add(key: string, name: BytePath, mask: number, child: string | undefined): void {
    if (this.#names >= this.#most) this.#clear()
    let names = this.#directories.get(key)
    if (names === undefined) {
      names = new Map()
      this.#directories.set(key, names)
    }
    const before = names.get(name)
    if (before === undefined) this.#names += 1
    names.set(name, { mask: mask | (before?.mask ?? 0), child: child ?? before?.child })
  }

  /** Takes out what was kept of a directory, now that it is known where it was. */
  take(key: string): ReadonlyMap<BytePath, DepartedName> | undefined {
    const names = this.#directories.get(key)
    if (names === undefined) return undefined
    this.#directories.delete(key)
    this.#names -= names.size
    return names
  }

  /** Forgets what was kept of a directory and of those that were below it. */
  drop(key: string): void {
    for (const { child } of this.take(key)?.values() ?? [])
      if (child !== undefined) this.drop(child)
  }

  #clear(): void {
    this.#directories.clear()
    this.#names = 0
  }
}
