import type { TestContext } from 'node:test'

import { join } from '../../../dist/model/byte-path.js'
import { maskNames } from '../../../dist/model/mask.js'
import type { HintSink, WatchedDirectory } from '../../../dist/watch/contract.js'
import { FanotifyEngine } from '../../../dist/watch/fanotify/engine.js'
import type { KernelCalls } from '../../../dist/watch/fanotify/kernel-calls.js'
import { openFilter } from '../open-filter.ts'

interface Look {
  readonly directory: WatchedDirectory
  readonly name: string
  readonly mask: number
}

/** An engine in the test's own thread: it reads nothing until the test says so. */
export class DirectEngine {
  readonly engine: FanotifyEngine
  readonly others: string[] = []
  #looks: Look[] = []

  private constructor(root: string, calls?: KernelCalls) {
    const settings = { root, engine: 'fanotify', pollMs: undefined, rules: undefined } as const
    const sink: HintSink = {
      look: (directory, name, mask) => void this.#looks.push({ directory, name, mask }),
      renamed: (from, to) => void this.others.push(`renamed ${from} ${to}`),
      below: (path, reason) => void this.others.push(`below ${path} ${reason}`),
      problem: ({ message }) => void this.others.push(message),
      rootLost: (message) => void this.others.push(message),
    }
    this.engine = new FanotifyEngine({ ...settings, ownPaths: [] }, openFilter(), sink, calls)
  }

  /** @param calls of another kernel than this one */
  static async start(t: TestContext, root: string, calls?: KernelCalls): Promise<DirectEngine> {
    const direct = new DirectEngine(root, calls)
    t.after(() => direct.engine.close())
    await direct.engine.start()
    return direct
  }

  /** Reads what the kernel has; returns the OR of the masks each path was told with, by name. */
  drain(): Map<string, string> {
    this.engine.drain()
    const masks = new Map<string, number>()
    for (const { directory, name, mask } of this.#looks) {
      const path = name === '' ? directory.path() : join(directory.path(), name)
      masks.set(path, (masks.get(path) ?? 0) | mask)
    }
    this.#looks = []
    return new Map([...masks].map(([path, mask]) => [path, maskNames(mask)]))
  }

  /** Reads until there is no more. */
  drainAll(): Map<string, string> {
    const told = new Map<string, string>()
    for (let more = this.drain(); more.size > 0; more = this.drain()) {
      for (const [path, mask] of more) told.set(path, mask)
    }
    return told
  }
}
