import { display, isWithin } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'
import type { ByteTree } from './byte-tree.ts'

/** A change of a path. */
export interface Change {
  /** Just before it, nanoseconds of the monotonic clock. */
  readonly at: bigint
  /** What was done. */
  readonly by: string
}

interface Line extends Change {
  readonly paths: readonly BytePath[]
}

const MOST_RECENT = 20

/** What was done to a tree, and when. */
export class TreeDiary {
  readonly #changes = new Map<BytePath, Change>()
  readonly #lines: Line[] = []
  #recent: BytePath[] = []

  /** The last change of each path. */
  get changes(): ReadonlyMap<BytePath, Change> {
    return this.#changes
  }

  /** Paths that were changed just now. */
  get recent(): readonly BytePath[] {
    return this.#recent
  }

  /** Something is going to be done to these paths. Returns when, for {@link changed}. */
  begin(by: string, ...paths: readonly BytePath[]): Change {
    const change = { at: process.hrtime.bigint(), by }
    this.#lines.push({ ...change, paths })
    this.#recent = [...this.#recent, ...paths].slice(-MOST_RECENT)
    return change
  }

  /** Notes what happened besides. */
  note(what: string): void {
    this.#lines.push({ at: process.hrtime.bigint(), by: what, paths: [] })
  }

  /** A path is another than before. */
  changed(path: BytePath, change: Change): void {
    this.#changes.set(path, change)
  }

  /** A path and everything below it are others than before. */
  changedBelow(tree: ByteTree, path: BytePath, change: Change): void {
    for (const each of tree.below(path)) this.#changes.set(each, change)
  }

  /** What was done to a path and to the directories it is in, for people. */
  storyOf(path: BytePath): readonly string[] {
    return this.#lines
      .filter(({ paths }) => paths.some((each) => isWithin(path, each)))
      .map(printLine)
  }

  /** What happened besides, for people. */
  get notes(): readonly string[] {
    return this.#lines.filter(({ paths }) => paths.length === 0).map(printLine)
  }
}

function printLine({ at, by, paths }: Line): string {
  return `${at / 1_000n} ${by} ${paths.map(display).join(' → ')}`
}
