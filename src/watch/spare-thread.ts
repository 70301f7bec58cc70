import type { Worker } from 'node:worker_threads'

import { openThread } from './open-thread.ts'

/**
 * A thread that is opened before it is known what to watch, since that takes as long as everything
 * else that has to be done until then. It holds up nobody who has no use for it.
 */
export class SpareThread {
  #worker: Worker | undefined

  /** @param entry see {@link openThread} */
  constructor(entry: URL) {
    this.#worker = openThread(entry)
    this.#worker.unref()
    // One that fails is not taken; a new one will say why.
    this.#worker.on('error', () => {
      this.#worker = undefined
    })
  }

  /** Gives it away, once. */
  take(): Worker | undefined {
    const worker = this.#worker
    this.#worker = undefined
    worker?.ref()
    return worker
  }
}
