import { dirname } from 'node:path'

import { EarlyWatcher } from '../watch/early-watcher.ts'
import type { SpareThread } from '../watch/spare-thread.ts'
import { isLocked } from './is-locked.ts'
import { ensurePrivateDirectory } from './private-directory.ts'
import { readRulesText } from './rules-text.ts'
import { enginesFor, type WatchOptions, watchSettings } from './watch-settings.ts'
import { WATCH_THREAD_URL } from './watch-thread-url.ts'

/**
 * Begins to watch before the daemon opens its database: setting watches takes as long as that, and
 * what is seen meanwhile waits. Undefined when it cannot: the daemon will say why.
 *
 * @param options checked ones, the rules as well
 * @param thread one that is open already
 */
export function watchEarly(
  options: WatchOptions,
  thread: SpareThread | undefined,
): EarlyWatcher | undefined {
  const { rulesFile } = options
  const [engine] = enginesFor(options)
  // Watches are counted by user: a daemon that runs already would lack them.
  if (engine === undefined || isLocked(options.db)) return undefined
  try {
    ensurePrivateDirectory(dirname(options.db))
    const rules = rulesFile === undefined ? undefined : readRulesText(rulesFile)
    const settings = watchSettings(options, engine, rules)
    return new EarlyWatcher(settings, thread?.take() ?? WATCH_THREAD_URL)
  } catch {
    return undefined
  }
}
