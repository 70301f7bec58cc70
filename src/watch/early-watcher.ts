import type { Worker } from 'node:worker_threads'

import type { WatchMessage, WatchSettings } from './contract.ts'
import { startWatcher, type Watcher } from './watcher.ts'

/**
 * A watcher that is started while whoever will listen to it is still loading. What it says until then
 * is kept.
 */
export class EarlyWatcher {
  readonly #key: string
  readonly #messages: WatchMessage[] = []
  readonly #watcher: Watcher
  #state: 'spare' | 'taken' | 'closed' = 'spare'
  #listener: (message: WatchMessage) => void

  /** @param thread see {@link startWatcher} */
  constructor(settings: WatchSettings, thread: URL | Worker) {
    this.#key = keyOf(settings)
    this.#listener = (message) => this.#messages.push(message)
    this.#watcher = startWatcher(settings, thread, (message) => this.#listener(message))
  }

  /**
   * Gives the watcher away, once; undefined when it watches something else. The listener hears what
   * was kept, then all the rest, from the next microtask on.
   */
  take(settings: WatchSettings, listener: (message: WatchMessage) => void): Watcher | undefined {
    if (this.#state !== 'spare' || keyOf(settings) !== this.#key) return undefined
    this.#state = 'taken'
    queueMicrotask(() => {
      for (const message of this.#messages.splice(0)) listener(message)
      this.#listener = listener
    })
    return this.#watcher
  }

  /** Stops watching, if nobody took the watcher; whoever calls waits for it. */
  async close(): Promise<void> {
    if (this.#state === 'taken') return
    this.#state = 'closed'
    await this.#watcher.close()
  }
}

function keyOf(settings: WatchSettings): string {
  return JSON.stringify(settings)
}
