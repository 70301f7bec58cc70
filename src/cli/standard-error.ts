import { fstatSync } from 'node:fs'

import { formatOf } from './log-format.ts'
import type { Terminal } from './progress.ts'
import { type StreamOutput, streamOutput } from './stream-output.ts'

const FD = 2

/** Says whether standard error is a file, which a daemon in the background may keep. */
export function isStandardErrorFile(): boolean {
  try {
    return fstatSync(FD).isFile()
  } catch {
    return false
  }
}

/** Returns standard error as output of a log. */
export function standardError(logFormat: 'text' | 'json'): StreamOutput {
  const format = formatOf(logFormat)
  return streamOutput(process.stderr, (lines) =>
    format({
      at: Date.now(),
      severity: 'warn',
      event: 'log:lost',
      message: `${lines} lines were lost: the log was not read fast enough`,
      fields: { lines },
    }),
  )
}

/** Returns standard error as terminal, if it is one. */
export function terminal(): Terminal | undefined {
  if (!process.stderr.isTTY) return undefined
  return {
    get columns() {
      return process.stderr.columns
    },
    write: (text) => process.stderr.write(text),
  }
}
