import type { Clock } from '../clock.ts'
import type { DaemonEmitter } from '../events.ts'
import type { Options } from '../options.ts'
import { Logger } from './logger.ts'
import { ProgressLine, type Terminal } from './progress.ts'
import type { StreamOutput } from './stream-output.ts'

/** The log of a daemon. */
export interface Log {
  listen(events: DaemonEmitter): void
  /** Resolves when the last line is written. */
  close(): Promise<void>
}

/**
 * Opens the log.
 *
 * @param terminal - what `output` writes to, if that is a terminal: crawls then show there how far
 *   they are, on a line that updates itself
 */
export function openLog(
  options: Pick<Options, 'logFormat' | 'verbosity'>,
  clock: Clock,
  output: StreamOutput,
  terminal: Terminal | undefined,
): Log {
  const showsProgress = options.logFormat === 'text' && options.verbosity !== 'quiet'
  const progress =
    terminal === undefined || !showsProgress ? undefined : new ProgressLine(terminal, output, clock)
  const logger = new Logger(options, clock, progress ?? output)
  return {
    listen(events) {
      progress?.listen(events)
      logger.listen(
        events,
        new Set(progress === undefined ? [] : (['reconcile:progress'] as const)),
      )
    },
    async close() {
      logger.close()
      progress?.erase()
      await output.close()
    },
  }
}
