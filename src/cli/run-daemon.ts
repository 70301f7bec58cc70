import { systemClock } from '../clock.ts'
import { ClsyncError, describe } from '../errors.ts'
import type { Options } from '../options.ts'
import type { BackgroundLink } from './background-link.ts'
import type { CreateDaemon, DaemonLike } from './daemon-like.ts'
import { openLog } from './open-log.ts'
import { obeySignals } from './signals.ts'
import { isStandardErrorFile, standardError, terminal } from './standard-error.ts'

/**
 * Runs the daemon until it is told to stop.
 *
 * @param link - to the process that waits for it, if it is in the background
 * @throws ClsyncError what it could not start for, or go on
 */
export async function runDaemon(
  options: Options,
  createDaemon: CreateDaemon,
  link: BackgroundLink | undefined,
): Promise<void> {
  const output = standardError(options.logFormat)
  const log =
    link === undefined || isStandardErrorFile()
      ? openLog(options, systemClock(), output, terminal())
      : openLog(options, systemClock(), link.log, undefined)
  const daemon = createDaemon(options)
  log.listen(daemon.events)
  // Not at once: first come the handlers of signals.
  const ready = Promise.resolve().then(async () => start(daemon, link))
  const disobey = obeySignals({ daemon, ready, exit: (code) => process.exit(code) })
  try {
    await ready
    await daemon.ended.catch(asFailure)
  } finally {
    disobey()
    await log.close()
  }
}

/** Resolves when the daemon is ready, or was stopped before. */
async function start(daemon: DaemonLike, link: BackgroundLink | undefined): Promise<void> {
  if (link === undefined) {
    return Promise.race([daemon.start(), daemon.ended])
  }
  void link.abandoned.then(async () => daemon.stop())
  const outcome = await Promise.race([
    isHeld(daemon),
    daemon.start().then(() => 'ready'),
    daemon.ended.then(() => 'stopped'),
  ])
  if (outcome === 'stopped') throw new ClsyncError('failed', 'stopped before it was ready')
  if (outcome instanceof ClsyncError) {
    await daemon.stop()
    throw outcome
  }
  await link.ready()
}

/** Resolves when the watch directory is lost. Whoever waits for a start does not wait for it. */
async function isHeld({ events }: DaemonLike): Promise<ClsyncError> {
  return new Promise((resolve) => {
    events.on('root:held', ({ why, hint }) => resolve(new ClsyncError('failed', why, { hint })))
  })
}

/** Exit code 2 says that a start is useless until something is mended; this was a good start. */
function asFailure(error: unknown): never {
  if (!(error instanceof ClsyncError)) throw error
  throw new ClsyncError('failed', describe(error), { hint: error.hint, cause: error })
}
