import type { EngineName } from '../model/glossary.ts'
import type { Options } from '../options.ts'
import type { WatchSettings } from '../watch/contract.ts'
import { ownPaths } from './own-paths.ts'

/** Options that say what is watched, and how. */
export type WatchOptions = Pick<
  Options,
  'watchDir' | 'db' | 'listsDir' | 'pollMs' | 'engine' | 'rulesFile'
>

/** The engines to try, the best first. */
export function enginesFor({ engine }: Pick<Options, 'engine'>): readonly EngineName[] {
  return engine === 'auto' ? ['fanotify', 'inotify', 'chokidar'] : [engine]
}

/**
 * Where another engine is left to try, this one has to watch every mount.
 *
 * @param rules text of the rules file
 * @throws ClsyncError `usage` when the list directory holds the watch directory
 */
export function watchSettings(
  options: WatchOptions,
  engine: EngineName,
  rules: string | undefined,
): WatchSettings {
  const { watchDir, db, listsDir, pollMs } = options
  return {
    root: watchDir,
    engine,
    pollMs,
    rules,
    ownPaths: ownPaths(watchDir, db, listsDir),
    needsEveryMount: engine !== enginesFor(options).at(-1),
  }
}
