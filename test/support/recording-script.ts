import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { fromBytes, isWithin } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'

/** One run of the recording script. */
export interface RecordedRun {
  readonly id: number
  /** Arguments, as byte strings. */
  readonly args: readonly BytePath[]
  /** Bytes of the list, for `synclist`. */
  readonly list: BytePath | undefined
  /** undefined: it has not ended, or was killed. */
  readonly exitCode: number | undefined
  readonly environment: ReadonlyMap<string, string>
}

/**
 * Records its arguments, the list and its environment in files named after the run. Then it waits
 * while there is a file `hold`, and exits with what is in the file `exit`.
 */
const SCRIPT = String.raw`#!/bin/sh
cd "$0.d" || exit 99
run=$CLSYNC_RUN_ID.$CLSYNC_ATTEMPT.$$
env -0 > "$run.env"
if [ "$1" = synclist ]; then cat -- "$3" > "$run.list" || exit 98; fi
printf '%s\0' "$@" > "$run.tmp" && mv "$run.tmp" "$run.args"
while [ -e hold ]; do sleep 0.02; done
code=0
if [ -e exit ]; then read -r code < exit; fi
echo "$code" > "$run.code.tmp" && mv "$run.code.tmp" "$run.code"
exit "$code"
`

/** An action script that records what it is told. */
export class RecordingScript {
  readonly path: string
  readonly #directory: string

  constructor(path: string) {
    this.path = path
    this.#directory = `${path}.d`
    mkdirSync(this.#directory)
    writeFileSync(path, SCRIPT, { mode: 0o755 })
  }

  file(name: 'hold' | 'exit'): string {
    return join(this.#directory, name)
  }

  /** Runs in the order in which they began. */
  runs(): readonly RecordedRun[] {
    return readdirSync(this.#directory)
      .filter((name) => name.endsWith('.args'))
      .map((name) => this.#read(name.slice(0, -'.args'.length)))
      .toSorted((one, other) => one.id - other.id)
  }

  #read(run: string): RecordedRun {
    const at = (suffix: string): string => join(this.#directory, `${run}.${suffix}`)
    const code = existsSync(at('code')) ? Number(readFileSync(at('code'), 'utf8')) : undefined
    return {
      id: Number.parseInt(run, 10),
      args: fields(fromBytes(readFileSync(at('args')))),
      list: existsSync(at('list')) ? fromBytes(readFileSync(at('list'))) : undefined,
      exitCode: code,
      environment: new Map(
        fields(readFileSync(at('env'), 'utf8')).map((line) => {
          const equals = line.indexOf('=')
          return [line.slice(0, equals), line.slice(equals + 1)]
        }),
      ),
    }
  }
}

/**
 * Returns the paths that runs which succeeded were told of, relative to the watch directory, with
 * all bits they were told with.
 *
 * @param watchDir as on the command line, less trailing slashes
 * @param terminator of list entries
 */
export function toldIn(
  runs: readonly RecordedRun[],
  watchDir: BytePath,
  terminator: '\n' | '\0' = '\n',
): Map<BytePath, number> {
  const told = new Map<BytePath, number>()
  for (const { args, list, exitCode } of runs) {
    if (exitCode !== 0 || args[0] === 'initialsync') continue
    const entries = list === undefined ? [args.join(' ')] : list.split(terminator).slice(0, -1)
    for (const entry of entries) {
      const [, mask, path] = /^sync \S+ (\d+) (.*)$/s.exec(entry) ?? []
      if (mask === undefined || path === undefined) throw new Error(`strange entry: ${entry}`)
      const below = relative(path, watchDir)
      told.set(below, (told.get(below) ?? 0) | Number(mask))
    }
  }
  return told
}

function relative(path: BytePath, watchDir: BytePath): BytePath {
  if (!isWithin(path, watchDir)) throw new Error(`${path} does not begin with ${watchDir}`)
  return path.slice(watchDir.length + 1)
}

function fields(bytes: string): readonly string[] {
  return bytes.split('\0').slice(0, -1)
}
