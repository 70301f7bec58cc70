import type { SpareThread } from '../daemon/open-spare-thread.ts'
import { watchEarly } from '../daemon/watch-early.ts'
import type { Options } from '../options.ts'
import type { DaemonLike } from './daemon-like.ts'
import { runMain } from './main.ts'

/**
 * Runs the program with the real daemon.
 *
 * @param args - without the names of Node and of the program
 * @param thread - one to watch in that is open already
 */
export async function runProgram(
  args: readonly string[],
  thread: SpareThread | undefined,
): Promise<void> {
  await runMain(args, (options) => loadDaemon(options, thread))
}

/**
 * Only here, so that nothing native is loaded for what needs no daemon. Watches are set at the same
 * time: each takes about as long as the other.
 */
async function loadDaemon(options: Options, thread: SpareThread | undefined): Promise<DaemonLike> {
  const earlyWatcher = watchEarly(options, thread)
  const { Daemon } = await import('../daemon/daemon.ts')
  return new Daemon(options, { earlyWatcher })
}
