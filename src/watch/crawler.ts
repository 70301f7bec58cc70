import type { BytePath } from '../model/glossary.ts'
import { Crawl } from './crawl.ts'
import type { CrawlOrder, CrawlParts } from './crawl.ts'

/** How long a slice of work may keep the thread from its messages. */
const SLICE_MS = 5
/** A gentle crawl rests so many times as long as it worked: it takes a fifth of one core. */
const REST_FACTOR = 4
const PROGRESS_MS = 250

export interface CrawlerParts extends CrawlParts {
  /** Reads what the kernel has, so that its queue never fills up behind a large directory. */
  readonly drain: () => void
  readonly progress: (crawl: Crawl) => void
}

/** Does crawls one after the other, in slices. */
export class Crawler {
  readonly #parts: CrawlerParts
  #orders: CrawlOrder[] = []
  #crawl: Crawl | undefined
  #isGentle = false
  #restsUntil = 0
  #toldAt = 0

  constructor(parts: CrawlerParts) {
    this.#parts = parts
  }

  add(order: CrawlOrder): void {
    this.#orders.push(order)
    if (this.#crawl === undefined) this.#next()
  }

  /** Rests no more, as long as it does what was ordered so far. */
  hurry(): void {
    this.#isGentle = false
    this.#restsUntil = 0
    this.#orders = this.#orders.map((order) => ({ ...order, gently: false }))
  }

  get isActive(): boolean {
    return this.#crawl !== undefined
  }

  /** The directory whose hints have to wait, see {@link Crawl.partlyListed}. */
  get partlyListed(): BytePath | undefined {
    return this.#crawl?.partlyListed
  }

  /** Milliseconds until the next slice is due. */
  get restMs(): number {
    return Math.max(0, this.#restsUntil - performance.now())
  }

  /** Works for one slice; never leaves a directory half written. */
  work(): void {
    const startedAt = performance.now()
    const end = startedAt + SLICE_MS
    while (this.#crawl !== undefined) {
      if (!this.#crawl.step()) this.#next()
      if (performance.now() < end) continue
      if (this.#crawl?.isInside !== true) break
      this.#parts.drain()
    }
    this.#pause(startedAt)
  }

  /** Gives up everything. */
  close(): void {
    this.#crawl?.close()
    this.#crawl = undefined
    this.#orders.length = 0
  }

  #next(): void {
    const order = this.#orders.shift()
    this.#crawl = order === undefined ? undefined : new Crawl(order, this.#parts)
    this.#isGentle = order?.gently === true
  }

  /** A slice that a large directory made longer is followed by a longer rest. */
  #pause(startedAt: number): void {
    const now = performance.now()
    this.#restsUntil = this.#isGentle ? now + REST_FACTOR * (now - startedAt) : 0
    if (this.#crawl === undefined || now - this.#toldAt < PROGRESS_MS) return
    this.#toldAt = now
    this.#parts.progress(this.#crawl)
  }
}
