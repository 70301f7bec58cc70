import { isWithin } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import type { WatchProblem } from './contract.ts'

/** Directories remembered; what is missed of others an audit finds. */
const MOST = 10_000

const FORBIDDEN: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

/**
 * Directories that this user was not allowed to read. What is in them may have changed meanwhile, and
 * nobody says so when they can be read again but a change of attributes, theirs or above them.
 */
export class Unread {
  readonly #paths = new Set<BytePath>()

  get isEmpty(): boolean {
    return this.#paths.size === 0
  }

  add({ path, errno }: WatchProblem): void {
    if (FORBIDDEN.has(errno) && this.#paths.size < MOST) this.#paths.add(path)
  }

  /**
   * The attributes of a directory changed: says whether something at or below it could not be read.
   * It is not remembered any more then, until it fails again.
   */
  takeBelow(directory: BytePath): boolean {
    let found = false
    for (const path of this.#paths) {
      if (!isWithin(path, directory)) continue
      this.#paths.delete(path)
      found = true
    }
    return found
  }
}
