import type { Worker } from 'node:worker_threads'

import { describe } from '../errors.ts'
import type { BytePath } from '../model/glossary.ts'
import type { WatchCommand, WatchMessage, WatchSettings } from './contract.ts'
import { openThread } from './open-thread.ts'

/** The main thread's end of the watch thread. */
export interface Watcher {
  /** Asks for a crawl of the subtree, watches first; returns the number it will be `crawled` by. */
  crawl(path: BytePath, pace: CrawlPace): number
  /** Asks that crawls asked for gently go on fast. */
  hurry(): void
  /** Uses other rules from now on; undefined accepts everything. */
  setRules(rules: string | undefined): void
  /**
   * Says that the oldest packet not acknowledged yet was handled; without it no more than two come.
   * Its bytes go back to the thread: nobody may read them any more.
   */
  ack(): void
  /** Stops the thread; nothing is told afterwards. */
  close(): Promise<void>
}

/** `gently` leaves most of a core to others. */
export type CrawlPace = 'fast' | 'gently'

/** How long the thread may take to stop by itself. */
const STOP_MS = 5_000

/**
 * Starts the watch thread.
 *
 * @param thread a thread that waits for its settings, or the module to run in a new one: it calls
 *   `awaitSettings`
 * @param listener gets all messages in order; it must not throw
 */
export function startWatcher(
  settings: WatchSettings,
  thread: URL | Worker,
  listener: (message: WatchMessage) => void,
): Watcher {
  const worker = thread instanceof URL ? openThread(thread) : thread
  let state: 'running' | 'stopped' | 'closed' = 'running'
  let crawls = 0
  const unacknowledged: Uint8Array<ArrayBuffer>[] = []
  const tell = (message: WatchMessage): void => {
    if (state !== 'closed') listener(message)
  }
  const fail = (why: string): void => {
    if (state === 'running')
      tell({ type: 'failed', message: `watch thread ${why}`, hint: undefined })
    state = state === 'closed' ? 'closed' : 'stopped'
  }
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      fail(`ended (${code})`)
      resolve()
    })
  })
  worker.on('error', (error) => fail(`failed: ${describe(error)}`))
  worker.on('message', (message: WatchMessage) => {
    if (message.type === 'packet') unacknowledged.push(message.bytes)
    tell(message)
    if (message.type !== 'stopped') return
    if (state === 'running') state = 'stopped'
    // Timers that a library left behind must not keep the thread.
    void worker.terminate()
  })
  worker.postMessage(settings)
  const ask = (command: WatchCommand): void => worker.postMessage(command)
  return {
    crawl(path, pace) {
      crawls += 1
      ask({ type: 'crawl', crawl: crawls, path, gently: pace === 'gently' })
      return crawls
    },
    hurry: () => ask({ type: 'hurry' }),
    setRules: (rules) => ask({ type: 'rules', rules }),
    ack() {
      const bytes = unacknowledged.shift()
      if (bytes === undefined) throw new Error('bug: acknowledged more packets than came')
      worker.postMessage({ type: 'ack', bytes } satisfies WatchCommand, [bytes.buffer])
    },
    async close() {
      state = 'closed'
      ask({ type: 'stop' })
      const killer = setTimeout(() => void worker.terminate(), STOP_MS)
      await ended
      clearTimeout(killer)
    },
  }
}
