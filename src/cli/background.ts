import { type ChildProcess, spawn } from 'node:child_process'

import { ClsyncError } from '../errors.ts'
import { BACKGROUND_VARIABLE, type BackgroundMessage } from './background-messages.ts'
import type { LineOutput } from './logger.ts'
import { isStandardErrorFile } from './standard-error.ts'

/**
 * Starts this program again as a session of its own and waits until it watches. Its standard input
 * and output are `/dev/null`; it keeps standard error where that is a file (`2>> log`), else its
 * log is shown here until it is ready, and nowhere afterwards.
 *
 * @param args - the command line, as given
 * @param log - takes the lines of its log until it is ready
 * @returns the process id, once it is ready
 * @throws ClsyncError what the daemon could not start for
 */
export async function startInBackground(args: readonly string[], log: LineOutput): Promise<number> {
  const program = process.argv[1]
  if (program === undefined) throw new Error('bug: started without a program')
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
    detached: true,
    stdio: ['ignore', 'ignore', isStandardErrorFile() ? 'inherit' : 'ignore', 'ipc'],
    env: { ...process.env, [BACKGROUND_VARIABLE]: '1' },
  })
  return becomesReady(child, log)
}

async function becomesReady(child: ChildProcess, log: LineOutput): Promise<number> {
  return new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(cannotStart(error.message)))
    child.once('close', (code, signal) => {
      reject(
        cannotStart(signal === null ? `it ended with exit code ${code}` : `${signal} ended it`),
      )
    })
    child.on('message', (message: BackgroundMessage) => {
      switch (message.type) {
        case 'log':
          return log.write(message.line)
        case 'ready':
          child.unref()
          return resolve(child.pid ?? 0)
        case 'failed':
          return reject(new ClsyncError(message.code, message.message, { hint: message.hint }))
      }
    })
  })
}

function cannotStart(why: string): ClsyncError {
  return new ClsyncError('failed', `the daemon did not become ready in the background: ${why}`, {
    hint: 'start it without --background to see more',
  })
}
