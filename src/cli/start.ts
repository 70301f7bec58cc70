import type { Options } from '../options.ts'
import type { SpareThread } from '../daemon/open-spare-thread.ts'
import type { DaemonLike } from './daemon-like.ts'

/** Who asks for these needs no daemon. */
const QUESTIONS: readonly string[] = ['--help', '-h', '--version']

/**
 * Starts the program. Starting a thread takes about as long as finding out what to watch, so it is
 * started before anything else is loaded.
 *
 * @param args - without the names of Node and of the program
 */
export async function start(args: readonly string[]): Promise<void> {
  const thread = mayWatch(args) ? await openThread() : undefined
  const { runMain } = await import('./main.ts')
  await runMain(args, (options) => loadDaemon(options, thread))
}

/** A guess: it only costs time when it is wrong. */
function mayWatch(args: readonly string[]): boolean {
  return args.length > 1 && !args.some((arg) => QUESTIONS.includes(arg))
}

async function openThread(): Promise<SpareThread> {
  const { openSpareThread } = await import('../daemon/open-spare-thread.ts')
  return openSpareThread()
}

/**
 * Only here, so that nothing native is loaded for what needs no daemon. Watches are set at the same
 * time: each takes about as long as the other.
 */
async function loadDaemon(options: Options, thread: SpareThread | undefined): Promise<DaemonLike> {
  const { watchEarly } = await import('../daemon/watch-early.ts')
  const earlyWatcher = watchEarly(options, thread)
  const { Daemon } = await import('../daemon/daemon.ts')
  return new Daemon(options, { earlyWatcher })
}
