import type { Writable } from 'node:stream'

import { errnoOf } from '../errors.ts'
import type { LineOutput } from './logger.ts'

/** Bytes that may wait for a slow reader; what comes then is counted and lost. */
const MOST_WAITING = 1 << 20

/** How long the last lines may take to get out. */
const LAST_LINES_MS = 1000

/** A stream for log lines, that never fails and never holds more than a bounded number of bytes. */
export interface StreamOutput extends LineOutput {
  /** Resolves when everything is written, or cannot be any more. */
  close(): Promise<void>
}

/**
 * Writes lines to a stream, standard error as a rule. A reader that went away (EPIPE) is not
 * written to any more; a full disk costs the lines that did not fit; a reader that is slow loses
 * lines and is told how many.
 *
 * @param sayLost - makes the line that tells it
 */
export function streamOutput(stream: Writable, sayLost: (lines: number) => string): StreamOutput {
  let isGone = false
  let lost = 0
  stream.on('error', (error) => {
    isGone ||= errnoOf(error) === 'EPIPE'
  })
  return {
    write(line) {
      if (isGone) return
      if (stream.writableLength > MOST_WAITING) {
        lost += 1
        return
      }
      if (lost > 0) stream.write(`${sayLost(lost)}\n`)
      lost = 0
      stream.write(`${line}\n`)
    },
    async close() {
      if (isGone || stream.writableLength === 0) return
      await Promise.race([written(stream), after(LAST_LINES_MS)])
    },
  }
}

async function written(stream: Writable): Promise<void> {
  await new Promise<void>((resolve) => stream.write('', () => resolve()))
}

async function after(ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms).unref())
}
