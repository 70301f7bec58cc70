import { SpareThread } from '../watch/spare-thread.ts'
import { WATCH_THREAD_URL } from './watch-thread-url.ts'

export type { SpareThread }

/** Opens a watch thread for the daemon that will be loaded; loads next to nothing itself. */
export function openSpareThread(): SpareThread {
  return new SpareThread(WATCH_THREAD_URL)
}
