import { openSpareThread, type SpareThread } from '../daemon/open-spare-thread.ts'

/** Who asks for these needs no daemon. */
const QUESTIONS: readonly string[] = ['--help', '-h', '--version']

/**
 * Starts the program. Starting a thread takes about as long as finding out what to watch, so it is
 * started before anything else is loaded.
 *
 * @param args - without the names of Node and of the program
 */
export async function start(args: readonly string[]): Promise<void> {
  const thread: SpareThread | undefined = mayWatch(args) ? openSpareThread() : undefined
  const { runProgram } = await import('./program.ts')
  await runProgram(args, thread)
}

/** A guess: it only costs time when it is wrong. */
function mayWatch(args: readonly string[]): boolean {
  return args.length > 1 && !args.some((arg) => QUESTIONS.includes(arg))
}
