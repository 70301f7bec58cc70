import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { TestContext } from 'node:test'

import type { WatchMessage, WatchProblem, WatchSettings } from '../../dist/watch/contract.js'
import { startWatcher } from '../../dist/watch/watcher.js'
import type { Watcher } from '../../dist/watch/watcher.js'
import { eventually } from '../support/eventually.js'
import { TreeModel } from './tree-model.js'
import { readTree } from './tree-state.js'

const ENTRY = new URL('../../dist/daemon/watch-thread.js', import.meta.url)

/** Long enough for a packet to come that should not. */
const TURN_MS = 20

/** A real watch thread whose packets are folded into a model of the tree. */
export class WatchSession {
  readonly root: string
  readonly watcher: Watcher
  readonly problems: WatchProblem[] = []
  readonly others: WatchMessage[] = []
  readonly model: TreeModel
  readonly #crawled = new Set<number>()
  #packets = 0
  #later = 0
  #heldAcks: number | undefined

  constructor(settings: WatchSettings, entry: URL) {
    this.root = settings.root
    this.model = new TreeModel((path) => void this.watcher.crawl(path, 'fast'))
    this.watcher = startWatcher(settings, entry, (message) => this.#take(message))
  }

  /** Starts, and resolves when the tree was crawled once. */
  static async start(
    t: TestContext,
    settings: Partial<WatchSettings> & Pick<WatchSettings, 'root' | 'engine'>,
    entry: URL = ENTRY,
  ): Promise<WatchSession> {
    const defaults = { pollMs: undefined, rules: undefined, ownPaths: [] }
    const session = new WatchSession({ ...defaults, ...settings }, entry)
    t.after(() => session.watcher.close())
    await session.hears('ready')
    const crawl = session.watcher.crawl('', 'fast')
    await eventually(
      () => session.#crawled.has(crawl),
      () => `no crawl: ${session.describe()}`,
    )
    session.model.masks.clear()
    return session
  }

  get packets(): number {
    return this.#packets
  }

  async hears(type: WatchMessage['type']): Promise<void> {
    await eventually(
      () => this.others.some((message) => message.type === type),
      () => `no ${type}: ${this.describe()}`,
    )
  }

  /** Resolves when the model is what is really there. */
  async agrees(accepts?: (path: string, isDirectory: boolean) => boolean): Promise<void> {
    await eventually(
      () => differences(readTree(this.root, accepts), this.model.states).length === 0,
      () => differences(readTree(this.root, accepts), this.model.states).slice(0, 10).join('; '),
    )
  }

  /** Resolves when the path was told with all these bits since the start or the last call. */
  async hearsOf(path: string, mask: number): Promise<void> {
    await eventually(
      () => ((this.model.masks.get(path) ?? 0) & mask) === mask && this.model.masks.has(path),
      () => `${path} has ${this.model.masks.get(path)}, not ${mask}: ${this.describe()}`,
    )
    this.model.masks.clear()
  }

  /** Does something, and says whether anything below a directory was told of it. */
  async hearsBelow(directory: string, change: () => void): Promise<boolean> {
    this.model.masks.clear()
    change()
    // What the kernel says later is told later, or at the same time.
    const later = `later${this.#later++}`
    writeFileSync(join(this.root, later), '')
    await eventually(
      () => this.model.masks.has(later),
      () => `${later} is not told: ${this.describe()}`,
    )
    return [...this.model.masks.keys()].some((path) => path.startsWith(`${directory}/`))
  }

  /** Acknowledges nothing until {@link releaseAcks}. */
  holdAcks(): void {
    this.#heldAcks = 0
  }

  releaseAcks(): void {
    for (let held = this.#heldAcks ?? 0; held > 0; held -= 1) this.watcher.ack()
    this.#heldAcks = undefined
  }

  /** Gives the thread time for a few rounds, for what must not happen. */
  async turn(): Promise<void> {
    await delay(TURN_MS)
  }

  describe(): string {
    return JSON.stringify([this.others, this.problems.slice(0, 5)])
  }

  #take(message: WatchMessage): void {
    if (message.type === 'problem') this.problems.push(message.problem)
    if (message.type !== 'packet') return void this.others.push(message)
    this.#packets += 1
    for (const crawl of this.model.take(message.bytes)) this.#crawled.add(crawl)
    if (this.#heldAcks === undefined) this.watcher.ack()
    else this.#heldAcks += 1
  }
}

function differences(truth: Map<string, string>, known: Map<string, string>): string[] {
  const missing = [...truth].filter(([path, state]) => known.get(path) !== state)
  const left = [...known.keys()].filter((path) => !truth.has(path))
  return [
    ...missing.map(([path, state]) => `${path} is ${state}, known as ${known.get(path)}`),
    ...left.map((path) => `${path} is gone, still known`),
  ]
}
