import type { ChokidarOptions } from 'chokidar'

/**
 * Returns chokidar's options. Its defaults follow symlinks (out of the tree, or round and round) and
 * leave out names like `x~` and `.x.swp` without a word.
 *
 * @param pollMs milliseconds between two looks; undefined: let the system tell
 */
export function watchOptions(pollMs: number | undefined): ChokidarOptions {
  const polling =
    pollMs === undefined
      ? { usePolling: false }
      : { usePolling: true, interval: pollMs, binaryInterval: pollMs }
  return {
    persistent: true,
    ignoreInitial: true,
    followSymlinks: false,
    atomic: false,
    awaitWriteFinish: false,
    ignorePermissionErrors: false,
    alwaysStat: false,
    ...polling,
  }
}
