import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import type { MessagePort } from 'node:worker_threads'

import { ClsyncError, describe } from '../errors.ts'
import { join } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { IN_ATTRIB, IN_ISDIR } from '../model/mask.ts'
import { PacketWriter } from '../model/packet.ts'
import type {
  Accepts,
  CreateEngine,
  Engine,
  HintSink,
  WatchCommand,
  WatchMessage,
  WatchedDirectory,
  WatchProblem,
  WatchSettings,
} from './contract.ts'
import type { CrawlOrder } from './crawl.ts'
import { Crawler } from './crawler.ts'
import { Filter } from './filter.ts'
import { Inbox } from './inbox.ts'
import { Lookout } from './lookout.ts'
import { Outbox } from './outbox.ts'
import { Pace } from './pace.ts'
import { PacketSender } from './packet-sender.ts'
import { ProblemDigest } from './problem-digest.ts'
import { isPassing } from './problem.ts'
import type { TreeReader } from './tree-reader.ts'
import { Unread } from './unread.ts'
import { type WatchedRoot, watchedRoot, whyLost } from './watched-root.ts'

/** What the thread cannot import itself. */
export interface WatchWire {
  readonly compileRules: (rules: string) => Accepts
  readonly createEngine: CreateEngine
  readonly openReader: (root: string) => TreeReader
}

/** Packets of a crawl: large enough to fill a transaction, and with what comes last below 1 MiB. */
const PACKET_BYTES = 7 << 17
/** Names looked at between two readings of the kernel's queue. */
const FLUSHED_NAMES = 500
/** How often the watch directory is looked at when nothing happens; the daemon does so more often. */
const ROOT_CHECK_MS = 30_000

const ATTRIBUTES = IN_ATTRIB | IN_ISDIR

/** Loads what these settings need. */
export type LoadWire = (settings: WatchSettings) => Promise<WatchWire>

/** Begins to watch when the settings come, which are the first message. */
export function awaitSettings(port: MessagePort, load: LoadWire): void {
  port.once('message', (settings: WatchSettings) => void runWatchThread(port, settings, load))
}

/** Watches until told to stop, or until the engine fails. Closes the port at the end. */
export async function runWatchThread(
  port: MessagePort,
  settings: WatchSettings,
  load: LoadWire,
): Promise<void> {
  const post = (message: WatchMessage): void => port.postMessage(message)
  const inbox = new Inbox(port)
  try {
    const thread = new WatchThread({ port, inbox, settings }, await load(settings))
    await thread.run()
  } catch (error) {
    const hint = error instanceof ClsyncError ? error.hint : undefined
    post({ type: 'failed', message: describe(error), hint })
  }
  post({ type: 'stopped' })
  port.close()
}

interface ThreadParts {
  readonly port: MessagePort
  readonly inbox: Inbox
  readonly settings: WatchSettings
}

class WatchThread {
  readonly #settings: WatchSettings
  readonly #port: MessagePort
  readonly #writer = new PacketWriter()
  readonly #outbox = new Outbox()
  readonly #filter: Filter
  readonly #reader: TreeReader
  readonly #lookout: Lookout
  readonly #sender: PacketSender
  readonly #engine: Engine
  readonly #crawler: Crawler
  readonly #root: WatchedRoot
  readonly #problems = new ProblemDigest((problem) => this.#post({ type: 'problem', problem }))
  readonly #unread: Unread
  readonly #pace = new Pace()
  readonly #inbox: Inbox
  #state: 'watching' | 'root lost' | 'stopping' = 'watching'
  #checkedAt = 0

  constructor({ port, inbox, settings }: ThreadParts, wire: WatchWire) {
    this.#port = port
    this.#inbox = inbox
    this.#settings = settings
    this.#root = watchedRoot(settings.root)
    this.#filter = new Filter(wire.compileRules, settings.ownPaths)
    this.#filter.setRules(settings.rules)
    this.#reader = wire.openReader(settings.root)
    this.#unread = new Unread(this.#reader)
    this.#lookout = new Lookout({
      root: settings.root,
      reader: this.#reader,
      writer: this.#writer,
      filter: this.#filter,
      problem: (problem) => this.#problem(problem),
    })
    this.#sender = new PacketSender(port, this.#writer)
    this.#engine = wire.createEngine(settings, this.#filter, this.#sink())
    this.#crawler = this.#createCrawler()
  }

  async run(): Promise<void> {
    this.#inbox.onCommand = () => this.#engine.wake()
    try {
      const started = performance.now()
      const { directories } = await this.#engine.start()
      this.#post({ type: 'ready', directories, tookMs: performance.now() - started })
      await this.#watch()
    } finally {
      this.#crawler.close()
      await this.#engine.close()
      this.#reader.rest()
    }
  }

  async #watch(): Promise<void> {
    while (this.#obey()) {
      if (this.#state === 'watching') this.#turn()
      await this.#pause()
    }
  }

  /** Does what the main thread asked for; says whether to go on. */
  #obey(): boolean {
    for (const command of this.#inbox.takeAll()) this.#do(command)
    return this.#state !== 'stopping'
  }

  #do(command: WatchCommand): void {
    switch (command.type) {
      case 'ack':
        return this.#sender.acknowledged(command.bytes)
      case 'crawl':
        return this.#crawl(command)
      case 'hurry':
        return this.#crawler.hurry()
      case 'rules':
        this.#filter.setRules(command.rules)
        return this.#engine.rewatch()
      case 'stop':
        this.#state = 'stopping'
    }
  }

  #crawl(order: CrawlOrder): void {
    // The first one follows the start, where everything was watched just now.
    if (order.path === '' && order.crawl > 1) this.#engine.doubt()
    this.#crawler.add(order)
  }

  #turn(): void {
    this.#drain()
    if (this.#crawls && this.#crawler.restMs === 0) this.#crawler.work()
    if (this.#sender.maySend) this.#send()
    const now = performance.now()
    this.#problems.settle(now)
    if (now - this.#checkedAt > ROOT_CHECK_MS) this.#checkRoot()
  }

  #drain(): void {
    this.#pace.read()
    this.#engine.drain()
  }

  /** A crawl goes on only while there is room for what it finds. */
  get #crawls(): boolean {
    return this.#crawler.isActive && this.#writer.length < PACKET_BYTES
  }

  #send(): void {
    if (!this.#outbox.isEmpty && this.#pace.sendInMs === 0) this.#flush()
    else if (this.#crawls) return
    if (this.#writer.length === 0) return
    // What was seen through a watch directory that is gone or another one would look like deletions.
    if (this.#checkRoot()) this.#sender.send()
  }

  #flush(): void {
    this.#pace.sent()
    const held = this.#crawler.partlyListed
    let taken: number
    do {
      taken = this.#outbox.flush(this.#writer, this.#lookout, FLUSHED_NAMES, held)
      if (taken > 0 && this.#outbox.isEmpty) this.#engine.flushed()
      this.#drain()
    } while (taken > 0 && this.#writer.length < PACKET_BYTES)
  }

  #checkRoot(): boolean {
    if (this.#state === 'root lost') return false
    this.#checkedAt = performance.now()
    const why = whyLost(this.#settings.root, this.#root)
    if (why !== undefined) this.#rootLost(why)
    return why === undefined
  }

  #rootLost(message: string): void {
    if (this.#state !== 'watching') return
    this.#state = 'root lost'
    this.#crawler.close()
    this.#outbox.clear()
    this.#writer.recycle(this.#writer.take())
    this.#post({ type: 'root lost', message })
  }

  /** Waits for what comes next: the kernel, a command, the next slice of a crawl. */
  async #pause(): Promise<void> {
    if (this.#state === 'root lost') return this.#engine.wait(ROOT_CHECK_MS)
    if (this.#crawls) return this.#waitOrTurn(this.#crawler.restMs)
    const readInMs = this.#pace.readInMs
    if (readInMs > 0) await delay(readInMs)
    if (!this.#outbox.isEmpty && this.#sender.maySend) return this.#waitOrTurn(this.#pace.sendInMs)
    this.#reader.rest()
    await this.#engine.wait(ROOT_CHECK_MS)
  }

  async #waitOrTurn(ms: number): Promise<void> {
    if (ms > 0) await this.#engine.wait(ms)
    else await nextTurn()
  }

  #createCrawler(): Crawler {
    return new Crawler({
      reader: this.#reader,
      writer: this.#writer,
      lookout: this.#lookout,
      cover: (directory) => this.#engine.cover(directory),
      drain: () => this.#drain(),
      problem: (problem) => this.#problem(problem),
      progress: ({ order, directories, entries }) =>
        this.#post({ type: 'progress', crawl: order.crawl, directories, entries }),
    })
  }

  #sink(): HintSink {
    return {
      look: (directory, name, mask) => {
        this.#outbox.look(directory, name, mask)
        if ((mask & ATTRIBUTES) === ATTRIBUTES) this.#attributes(directory, name)
      },
      renamed: (from, to) => this.#outbox.renamed(from, to),
      below: (path, reason) => this.#outbox.below(path, reason),
      problem: (problem) => this.#problem(problem),
      rootLost: (message) => this.#rootLost(message),
    }
  }

  /** What could not be read may be readable now. */
  #attributes(directory: WatchedDirectory, name: BytePath): void {
    if (this.#unread.isEmpty) return
    const path = name === '' ? directory.path() : join(directory.path(), name)
    for (const readable of this.#unread.take(path)) this.#outbox.below(readable, 'directory new')
  }

  #problem(problem: WatchProblem): void {
    this.#problems.add(problem, performance.now())
    this.#unread.add(problem)
    if (isPassing(problem)) this.#outbox.below(problem.path, 'watch lost')
  }

  #post(message: WatchMessage): void {
    this.#port.postMessage(message)
  }
}
