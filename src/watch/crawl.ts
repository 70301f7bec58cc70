import { join } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { Listing } from './listing.ts'
import type { ListingParts } from './listing.ts'

export interface CrawlParts extends ListingParts {
  /** Makes sure that the directory is watched. */
  readonly cover: (directory: BytePath) => void
}

/** One crawl that was asked for. */
export interface CrawlOrder {
  readonly crawl: number
  readonly path: BytePath
  readonly gently: boolean
}

/** A directory that was listed, and which of its directories are still to come. */
interface Level {
  readonly path: BytePath
  /** Their names, the next one last. */
  readonly left: BytePath[]
}

/**
 * Walks a subtree depth first: watch a directory, list it, look at every name, write all that, then
 * go on below. It keeps nothing of a directory but the names of the directories in it.
 */
export class Crawl {
  readonly order: CrawlOrder
  directories = 0
  #entries = 0
  readonly #parts: CrawlParts
  readonly #levels: Level[] = []
  #listing: Listing | undefined
  #isBegun = false

  constructor(order: CrawlOrder, parts: CrawlParts) {
    this.order = order
    this.#parts = parts
  }

  /** Names found so far. */
  get entries(): number {
    return this.#entries + (this.#listing?.entries ?? 0)
  }

  /** Says whether a directory is half written, so that nothing else may be written now. */
  get isInside(): boolean {
    return this.#listing?.isInside === true
  }

  /** The directory of which only some parts are written: hints at it have to wait. */
  get partlyListed(): BytePath | undefined {
    return this.#listing?.isPartly === true ? this.#listing.path : undefined
  }

  /** Does the next stride; says whether there is more to do. */
  step(): boolean {
    if (!this.#isBegun) return this.#begin()
    if (this.#listing !== undefined) return this.#list(this.#listing)
    const path = this.#nextDirectory()
    if (path !== undefined) return this.#enter(path)
    this.#parts.writer.crawled(this.order.crawl, this.directories, this.entries)
    return false
  }

  /** Gives up; nothing more is written. */
  close(): void {
    this.#listing?.close()
    this.#listing = undefined
    this.#levels.length = 0
  }

  #begin(): true {
    this.#isBegun = true
    const { path } = this.order
    if (this.#parts.lookout.sightPath(path, 0)) this.#levels.push({ path: '', left: [path] })
    return true
  }

  #nextDirectory(): BytePath | undefined {
    let level = this.#levels.at(-1)
    while (level !== undefined) {
      const name = level.left.pop()
      if (name !== undefined) return join(level.path, name)
      this.#levels.pop()
      level = this.#levels.at(-1)
    }
    return undefined
  }

  #enter(path: BytePath): true {
    this.directories += 1
    this.#parts.cover(path)
    this.#listing = new Listing(path, this.#parts)
    return true
  }

  #list(listing: Listing): true {
    if (listing.step()) return true
    this.#listing = undefined
    this.#entries += listing.entries
    const left = listing.directories.reverse()
    if (left.length > 0) this.#levels.push({ path: listing.path, left })
    return true
  }
}
