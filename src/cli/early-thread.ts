import { openSpareThread, type SpareThread } from '../daemon/open-spare-thread.ts'

/** Who asks for these needs no daemon. */
const QUESTIONS: readonly string[] = ['--help', '-h', '--version']

/**
 * Opens a thread to watch in, before anything else is loaded: that takes about as long as finding
 * out what to watch. A guess: undefined for what needs no daemon, and it only costs time when it is
 * wrong.
 *
 * @param args - the command line, without the names of Node and of the program
 */
export function openEarlyThread(args: readonly string[]): SpareThread | undefined {
  const mayWatch = args.length > 1 && !args.some((arg) => QUESTIONS.includes(arg))
  return mayWatch ? openSpareThread() : undefined
}
