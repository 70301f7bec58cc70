import type { Given } from '../given.ts'
import { type Options, resolveOptions } from '../options.ts'
import { backgroundLink } from './background-link.ts'
import { checkRulesFile, checkScript, checkWatchDir } from './check-given-paths.ts'
import { checkDatabase, checkListsDir, type User } from './check-own-paths.ts'
import type { CreateDaemon } from './daemon-like.ts'
import { print } from './print.ts'
import { exitCodeOf, fatalLines } from './report.ts'
import { runDaemon } from './run-daemon.ts'
import { standardError } from './standard-error.ts'
import { currentSurroundings } from './surroundings.ts'

/**
 * Checks what was given, then runs the daemon until it ends, or starts it in the background.
 * Nothing is created before everything is checked.
 *
 * @param args - the command line, to start it again in the background
 * @returns the exit code; what ended the daemon has been said
 * @throws ClsyncError `usage` for what contradicts itself
 */
export async function runGiven(
  given: Given,
  args: readonly string[],
  createDaemon: CreateDaemon,
): Promise<number> {
  const options = resolveOptions(given, currentSurroundings())
  const link = backgroundLink()
  const output = standardError(options.logFormat)
  try {
    checkPaths(options, given)
    if (!options.background || link !== undefined) {
      await runDaemon(options, createDaemon, link)
      return 0
    }
    // Nobody else needs child processes before everything is watched.
    const { startInBackground } = await import('./background.ts')
    await print(`${await startInBackground(args, output)}\n`)
    return 0
  } catch (error) {
    if (!(await link?.failed(error))) {
      for (const line of fatalLines(error, options.logFormat)) output.write(line)
    }
    return exitCodeOf(error)
  } finally {
    await output.close()
  }
}

function currentUser(): User | undefined {
  const [uid, gid] = [process.geteuid?.(), process.getegid?.()]
  return uid === undefined || gid === undefined ? undefined : { uid, gid }
}

function checkPaths(options: Options, given: Given): void {
  const user = currentUser()
  checkWatchDir(options.watchDir)
  checkScript(options.script)
  if (options.listsDir !== undefined) checkListsDir(options.listsDir, options.watchDir, user)
  if (given.settings.has('db')) checkDatabase(options.db, user)
  if (options.rulesFile !== undefined) checkRulesFile(options.rulesFile)
}
