import { readCommandLine } from './command-line.ts'
import type { CreateDaemon } from './daemon-like.ts'
import { helpText } from './help.ts'
import { print } from './print.ts'
import { exitCodeOf, fatalLines } from './report.ts'
import { runGiven } from './run-given.ts'
import { standardError } from './standard-error.ts'
import { syntaxText } from './syntax.ts'
import { version } from './version.ts'

/**
 * Does what the command line asks for; prints, and sets the exit code. Never throws.
 *
 * @param args - without the names of Node and of the program
 */
export async function runMain(args: readonly string[], createDaemon: CreateDaemon): Promise<void> {
  try {
    await obey(args, createDaemon)
  } catch (error) {
    const output = standardError('text')
    for (const line of fatalLines(error, 'text')) output.write(line)
    process.exitCode = exitCodeOf(error)
  }
}

async function obey(args: readonly string[], createDaemon: CreateDaemon): Promise<void> {
  const command = readCommandLine(args)
  switch (command.wants) {
    case 'syntax':
      standardError('text').write(syntaxText().trimEnd())
      process.exitCode = 2
      return
    case 'help':
      return print(await helpText(process.stdout.columns))
    case 'version':
      return print(`clsync ${version()}\n`)
    case 'daemon':
      process.exit(await runGiven(command.given, args, createDaemon))
  }
}
