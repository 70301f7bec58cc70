import { readdirSync } from 'node:fs'
import type { TestContext } from 'node:test'

import { fromBytes, join, toBytes } from '../../../dist/model/byte-path.js'
import type {
  Accepts,
  Engine,
  HintSink,
  WatchedDirectory,
  WatchProblem,
} from '../../../dist/watch/contract.js'
import { Filter } from '../../../dist/watch/filter.js'
import { type Libc, openLibc } from '../../../dist/watch/linux/libc.js'
import { InotifyEngine } from '../../../dist/watch/inotify/engine.js'

const DEADLINE_MS = 60_000

export interface EngineSetup {
  readonly root: string
  readonly accepts?: Accepts
  readonly libc?: Libc
  /** Whether what is to be compared is crawled, as a daemon does, which also mends what an engine missed. */
  readonly crawls?: boolean
}

/** An engine in this thread, whose hints are written down with the paths they have when flushed. */
export class EngineSession implements HintSink {
  readonly engine: Engine
  /** Masks by path. */
  readonly looks = new Map<string, number>()
  readonly renames: string[] = []
  readonly belows: string[] = []
  readonly problems: WatchProblem[] = []
  readonly lost: string[] = []
  readonly root: string
  readonly #accepts: Accepts
  readonly #crawls: boolean
  readonly #owed: string[] = []
  #heard = 0
  readonly #pending: { directory: WatchedDirectory; name: string; mask: number }[] = []

  constructor({ root, accepts = () => true, libc = openLibc(), crawls = true }: EngineSetup) {
    this.root = root
    this.#accepts = accepts
    this.#crawls = crawls
    const settings = { root, engine: 'inotify', pollMs: undefined, rules: undefined, ownPaths: [] }
    const filter = new Filter(() => accepts, [])
    filter.setRules('some')
    this.engine = new InotifyEngine({ ...settings, engine: 'inotify' }, filter, this, libc)
  }

  /** Starts to watch; ends with the test. */
  static async start(t: TestContext, setup: EngineSetup): Promise<EngineSession> {
    const session = new EngineSession(setup)
    t.after(() => session.engine.close())
    await session.engine.start()
    return session
  }

  /** Drains until the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    const end = performance.now() + DEADLINE_MS
    while (!condition()) {
      if (performance.now() > end) throw new Error(`waited in vain: ${this.describe()}`)
      await this.engine.wait(20)
      this.turn()
    }
  }

  /** Drains while something else goes on. */
  async during(work: Promise<unknown>): Promise<void> {
    let goesOn = true
    const ended = work.finally(() => (goesOn = false))
    await this.until(() => !goesOn)
    await ended
  }

  /** Drains until the kernel has nothing more to say. */
  async quiet(): Promise<void> {
    let before
    do {
      before = this.#heard
      for (let turns = 0; turns < 4; turns++) {
        await this.engine.wait(10)
        this.turn()
      }
    } while (this.#heard !== before)
  }

  /** Reads and flushes once. */
  turn(): void {
    this.engine.drain()
    for (const { directory, name, mask } of this.#pending.splice(0)) {
      const path = name === '' ? directory.path() : join(directory.path(), name)
      this.looks.set(path, (this.looks.get(path) ?? 0) | mask)
    }
    this.engine.flushed()
    for (const path of this.#owed.splice(0)) if (this.#crawls) this.#crawl(path)
  }

  /** As a crawler does: watch, then list. */
  #crawl(top: string): void {
    const waiting = [top]
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      this.engine.cover(path)
      const below = directoriesIn(this.root, path).map((name) => join(path, name))
      waiting.push(...below.filter((one) => this.#accepts(one, true)))
    }
  }

  forget(): void {
    this.looks.clear()
    this.renames.length = 0
    this.belows.length = 0
  }

  describe(): string {
    const { looks, renames, belows, problems, lost } = this
    return JSON.stringify({ looks: [...looks].slice(0, 20), renames, belows, problems, lost })
  }

  look(directory: WatchedDirectory, name: string, mask: number): void {
    this.#heard += 1
    this.#pending.push({ directory, name, mask })
  }

  renamed(from: string, to: string): void {
    this.renames.push(`${from} → ${to}`)
    this.#owed.push(to)
  }

  below(path: string, reason: string): void {
    this.belows.push(`${path}: ${reason}`)
    this.#owed.push(path)
  }

  problem(problem: WatchProblem): void {
    this.problems.push(problem)
  }

  rootLost(message: string): void {
    this.lost.push(message)
  }
}

function directoriesIn(root: string, path: string): string[] {
  try {
    const directory = Buffer.concat([Buffer.from(`${root}/`), toBytes(path)])
    return readdirSync(directory, { withFileTypes: true, encoding: 'buffer' })
      .filter((entry) => entry.isDirectory())
      .map((entry) => fromBytes(entry.name))
  } catch {
    return []
  }
}
