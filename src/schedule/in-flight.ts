import type { BytePath, SizeClass } from '../model/glossary.ts'
import { RightOfWay } from './right-of-way.ts'

/**
 * The paths that runs in progress hold (P3): two runs never hold the same path, nor a directory and
 * something below it.
 */
export class InFlight {
  readonly #held = new Set<BytePath>()
  /** Directories above held paths, with how many paths they are above of. */
  readonly #above = new Map<BytePath, number>()
  /** The same of what runs with big files hold, which may take days. */
  readonly #aboveBig = new Map<BytePath, number>()
  readonly #rightOfWay = new RightOfWay()

  add(paths: Iterable<BytePath>, sizeClass: SizeClass): void {
    for (const path of paths) {
      this.#held.add(path)
      this.#rightOfWay.had(path)
      this.#countAbove(path, sizeClass, 1)
    }
  }

  remove(paths: Iterable<BytePath>, sizeClass: SizeClass): void {
    for (const path of paths) {
      this.#held.delete(path)
      this.#countAbove(path, sizeClass, -1)
    }
  }

  /** Says whether a run may have this path now. */
  isFree(path: BytePath, now: number): boolean {
    if (this.#held.size === 0) return true
    if (this.#above.has(path)) {
      if (!this.#aboveBig.has(path)) this.#rightOfWay.wait(path, now)
      return false
    }
    if (this.#held.has(path)) return false
    for (const directory of directoriesAbove(path)) if (this.#held.has(directory)) return false
    return !this.#rightOfWay.holdsUp(path, this.#aboveNoBig(path), now)
  }

  /** Forgets who waits in vain, unless it will be asked for again. */
  keepWaiting(isAskedFor: (path: BytePath) => boolean): void {
    this.#rightOfWay.keepOnly(isAskedFor)
  }

  /** When more paths are free although no run ends; Infinity if none will be. */
  moreFreeAt(now: number): number {
    return this.#rightOfWay.endsAt(now)
  }

  /** Nothing ordinary waits for big files, also not for a directory that does. */
  *#aboveNoBig(path: BytePath): IterableIterator<BytePath> {
    for (const directory of directoriesAbove(path)) {
      if (!this.#aboveBig.has(directory)) yield directory
    }
  }

  #countAbove(path: BytePath, sizeClass: SizeClass, change: number): void {
    for (const directory of directoriesAbove(path)) {
      count(this.#above, directory, change)
      if (sizeClass === 'big') count(this.#aboveBig, directory, change)
    }
  }
}

function count(counts: Map<BytePath, number>, path: BytePath, change: number): void {
  const left = (counts.get(path) ?? 0) + change
  if (left > 0) counts.set(path, left)
  else counts.delete(path)
}

/** All directories a path is in, the watch directory (`''`) last. */
function* directoriesAbove(path: BytePath): IterableIterator<BytePath> {
  if (path === '') return
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    yield path.slice(0, slash)
  }
  yield ''
}
