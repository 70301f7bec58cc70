import { Daemon } from '../daemon/daemon.ts'
import type { SpareThread } from '../daemon/open-spare-thread.ts'
import { watchEarly } from '../daemon/watch-early.ts'
import { runMain } from './main.ts'

/**
 * Runs the program with the real daemon. Watches are set while the daemon opens its database: each
 * takes about as long as the other.
 *
 * @param args - without the names of Node and of the program
 * @param thread - one to watch in that is open already
 */
export async function runProgram(
  args: readonly string[],
  thread: SpareThread | undefined,
): Promise<void> {
  await runMain(
    args,
    (options) => new Daemon(options, { earlyWatcher: watchEarly(options, thread) }),
  )
}
