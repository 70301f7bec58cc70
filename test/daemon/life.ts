import { Intake } from '../../dist/daemon/intake.js'
import { Reconciler } from '../../dist/daemon/reconciler.js'
import { DaemonEmitter } from '../../dist/events.js'
import type { BytePath } from '../../dist/model/glossary.js'
import { PacketWriter } from '../../dist/model/packet.js'
import type { Queue } from '../../dist/queue/queue.js'
import type { Engine, HintSink, PathFilter, WatchSettings } from '../../dist/watch/contract.js'
import { Crawl, type CrawlOrder } from '../../dist/watch/crawl.js'
import { Filter } from '../../dist/watch/filter.js'
import { Lookout } from '../../dist/watch/lookout.js'
import { Outbox } from '../../dist/watch/outbox.js'
import { portableReader } from '../../dist/watch/portable-reader.js'
import type { ManualClock } from '../support/manual-clock.js'
import type { Happening } from './happenings.js'

/** An engine on a stage, and how it comes to miss things. */
export interface StagedEngine {
  readonly engine: Engine
  happened(happening: Happening): void
  /** From now on the kernel's queue is full. */
  overflow(): void
  /** There is room again: the engine learns that something is missing. */
  recover(): void
}

export type StageEngine = (
  settings: WatchSettings,
  filter: PathFilter,
  sink: HintSink,
) => StagedEngine

/**
 * What a daemon has in memory between the kernel and the database, and loses when it is killed: the
 * parts of the watch thread and of the main thread, gone through one step at a time.
 */
export class Life {
  readonly staged: StagedEngine
  readonly reconciler: Reconciler
  readonly #root: string
  readonly #writer = new PacketWriter()
  readonly #outbox = new Outbox()
  readonly #lookout: Lookout
  readonly #intake: Intake
  readonly #orders: CrawlOrder[] = []
  #crawl: Crawl | undefined
  #asked = 0
  #isOverflowing = false

  constructor(root: string, stage: StageEngine, queue: Queue, clock: ManualClock) {
    this.#root = root
    const reader = portableReader(root)
    const filter = new Filter(() => () => true, [])
    this.#lookout = new Lookout({ root, reader, writer: this.#writer, filter, problem: fail })
    const settings = { root, engine: 'inotify', pollMs: undefined, rules: undefined } as const
    this.staged = stage({ ...settings, ownPaths: [] }, filter, this.#sink())
    const nothing = (): void => undefined
    const common = { queue, clock, events: new DaemonEmitter(), at: nothing, onPending: nothing }
    this.reconciler = new Reconciler({
      ...common,
      maxDelete: { unit: 'percent', limit: 100 },
      crawl: (path) => this.#ask(path),
      hurry: nothing,
      onFailed: fail,
    })
    this.#intake = new Intake({ ...common, reconciler: this.reconciler })
  }

  /** Says whether there is anything left to do, as far as it knows. */
  get isBusy(): boolean {
    return this.#orders.length > 0 || this.#crawl !== undefined || !this.#outbox.isEmpty
  }

  overflow(): void {
    if (this.#isOverflowing) return
    this.#isOverflowing = true
    this.staged.overflow()
  }

  recover(): void {
    if (!this.#isOverflowing) return
    this.#isOverflowing = false
    this.staged.recover()
  }

  /** Looks at waiting names and records what it sees. */
  async flush(limit: number): Promise<void> {
    if (this.#crawl?.isInside === true) return
    this.#outbox.flush(this.#writer, this.#lookout, limit, this.#crawl?.partlyListed)
    if (this.#outbox.isEmpty) this.staged.engine.flushed()
    this.staged.engine.drain()
    await this.#record()
  }

  /** Goes on with the crawl that is under way, or begins the next that was asked for. */
  async crawl(steps: number): Promise<void> {
    for (let left = steps; left > 0; left--) {
      this.#crawl ??= this.#nextCrawl()
      if (this.#crawl?.step() === false) this.#crawl = undefined
    }
    if (this.#crawl?.isInside !== true) await this.#record()
  }

  async end(): Promise<void> {
    this.reconciler.stop()
    this.#crawl?.close()
    await this.staged.engine.close()
  }

  #ask(path: BytePath): number {
    this.#orders.push({ crawl: ++this.#asked, path, gently: false })
    return this.#asked
  }

  #nextCrawl(): Crawl | undefined {
    const order = this.#orders.shift()
    if (order === undefined) return undefined
    if (order.path === '' && order.crawl > 1) this.staged.engine.doubt()
    return new Crawl(order, {
      reader: portableReader(this.#root),
      writer: this.#writer,
      lookout: this.#lookout,
      cover: (directory) => this.staged.engine.cover(directory),
      problem: fail,
    })
  }

  async #record(): Promise<void> {
    if (this.#writer.length > 0) await this.#intake.take(this.#writer.take())
  }

  #sink(): HintSink {
    return {
      look: (directory, name, mask) => this.#outbox.look(directory, name, mask),
      renamed: (from, to) => this.#outbox.renamed(from, to),
      below: (path, reason) => this.#outbox.below(path, reason),
      problem: fail,
      rootLost: fail,
    }
  }
}

function fail(problem: unknown): never {
  throw new Error(`unexpected: ${JSON.stringify(problem)}`, { cause: problem })
}
