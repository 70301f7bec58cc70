import { isWithin } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { emptySighting } from '../model/sighting.ts'
import type { WatchProblem } from './contract.ts'
import type { TreeReader } from './tree-reader.ts'

/** Directories remembered; what is missed of others an audit finds. */
const MOST = 1_000

/** Who may not search a directory cannot look at this either. */
const ITSELF = Buffer.from('.')
const FORBIDDEN: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

/**
 * Directories that this user was not allowed to read. What is in them may have changed meanwhile, and
 * nobody says so when they can be read again but a change of attributes, theirs or above them.
 */
export class Unread {
  readonly #paths = new Set<BytePath>()
  readonly #reader: TreeReader

  constructor(reader: TreeReader) {
    this.#reader = reader
  }

  get isEmpty(): boolean {
    return this.#paths.size === 0
  }

  add({ path, errno }: WatchProblem): void {
    if (FORBIDDEN.has(errno) && this.#paths.size < MOST) this.#paths.add(path)
  }

  /** The attributes of a directory changed: takes those at and below it that can be read now. */
  take(directory: BytePath): readonly BytePath[] {
    const readable = [...this.#paths].filter(
      (path) => isWithin(path, directory) && this.#canRead(path),
    )
    for (const path of readable) this.#paths.delete(path)
    return readable
  }

  #canRead(directory: BytePath): boolean {
    try {
      const open = this.#reader.open(directory)
      const errno = open.look(ITSELF, emptySighting())
      open.close()
      return errno === undefined
    } catch {
      return false
    }
  }
}
