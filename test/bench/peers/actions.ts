import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Nothing more comes when nothing came for so long. */
const QUIET_MS = 3_000
const POLL_MS = 25
const DEADLINE_MS = 300_000

/**
 * Action scripts that understand every peer: `sync LABEL MASK PATH`, `synclist LABEL LISTFILE` and
 * `initialsync LABEL DIR` of both clsyncs, and a list on stdin without arguments of all others.
 */
export class Telling {
  readonly script: string
  readonly #told: string
  readonly #runs: string

  /** A script that notes the lists it was given, and one line for each of its runs. */
  constructor(directory: string) {
    this.script = join(directory, 'tell.sh')
    this.#told = join(directory, 'told')
    this.#runs = join(directory, 'runs')
    const told = `>> '${this.#told}'`
    writeScript(this.script, [
      `echo "\${1:-list}" >> '${this.#runs}'`,
      'case $1 in',
      'initialsync | recursivesync) ;;',
      `synclist) cat "$3" ${told} ;;`,
      `sync) echo "$4" ${told} ;;`,
      `*) cat ${told} ;;`,
      'esac',
    ])
    this.forget()
  }

  /** Begins anew. */
  forget(): void {
    for (const file of [this.#told, this.#runs]) writeFileSync(file, '')
  }

  /** Runs of the script, full ones included. */
  get runs(): number {
    return readFileSync(this.#runs, 'latin1').split('\n').length - 1
  }

  /** Runs that were asked to sync everything. */
  get fullRuns(): number {
    return readFileSync(this.#runs, 'latin1').match(/initialsync|recursivesync/g)?.length ?? 0
  }

  /** Numbers N of all different `burstN.txt` that were told. */
  get files(): ReadonlySet<string> {
    const names = readFileSync(this.#told, 'latin1').matchAll(/burst(\d+)\.txt/g)
    return new Set(Array.from(names, ([, number]) => number ?? ''))
  }

  /** Paths told, doubled ones counted. */
  get lines(): number {
    return readFileSync(this.#told, 'latin1').match(/burst\d+\.txt/g)?.length ?? 0
  }

  /** When something was told last, `Date.now()`. */
  get lastAt(): number {
    return statSync(this.#told).mtimeMs
  }

  /** Resolves when nothing more is told. */
  async quiet(): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS
    let since = Date.now()
    let before = -1
    while (Date.now() - since < QUIET_MS && Date.now() < deadline) {
      const size = statSync(this.#told).size + statSync(this.#runs).size
      if (size !== before) since = Date.now()
      before = size
      await delay(POLL_MS)
    }
  }
}

/** Makes a script that says so in a pipe as soon as it runs; returns its path. */
export function ringingScript(directory: string): {
  readonly script: string
  readonly pipe: string
} {
  const script = join(directory, 'ring.sh')
  const pipe = join(directory, 'bell')
  if (!existsSync(pipe)) spawnSync('mkfifo', [pipe])
  writeScript(script, [
    'case $1 in initialsync | recursivesync) exit 0 ;; esac',
    `echo . > '${pipe}'`,
    // Who hands over a list must be able to: lsyncd dies of a pipe that nobody reads.
    '[ $# -gt 0 ] || cat > /dev/null',
  ])
  return { script, pipe }
}

/** Makes a script that keeps a mirror with rsync; returns where rsync says what it sent. */
export function mirroringScript(
  directory: string,
  tree: string,
  mirror: string,
): { readonly script: string; readonly log: string } {
  const script = join(directory, 'mirror.sh')
  const log = join(directory, 'rsync.log')
  const rsync = `rsync -a --stats --no-human-readable`
  writeScript(script, [
    `exec >> '${log}' 2>&1`,
    `all() { ${rsync} --delete '${tree}/' '${mirror}/'; }`,
    `some() { sed 's|^.*${tree}/*||; s|^/*||; s|/$||; /^$/d' | sort -u |`,
    `  ${rsync} --no-recursive --dirs --files-from=- --delete-missing-args '${tree}/' '${mirror}/'; }`,
    'case $1 in',
    'initialsync | recursivesync) all ;;',
    'synclist) some < "$3" ;;',
    'sync) echo "$4" | some ;;',
    // Watchman says so when it cannot know what changed.
    '*) if [ -n "$WATCHMAN_CLOCK" ] && [ -z "$WATCHMAN_SINCE" ]; then cat > /dev/null; all; else some; fi ;;',
    'esac',
  ])
  writeFileSync(log, '')
  return { script, log }
}

/** Resolves when rsync has said so often what it did. */
export async function rsyncRuns(log: string, count: number): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS
  while (rsyncBytes(log).length < count) {
    if (Date.now() > deadline) throw new Error(`rsync ran fewer than ${count} times: ${log}`)
    await delay(POLL_MS)
  }
}

/** Bytes that rsync sent and received, in each of its runs. */
export function rsyncBytes(log: string): readonly number[] {
  const said = readFileSync(log, 'latin1').matchAll(
    /Total bytes sent: (\d+)\nTotal bytes received: (\d+)/g,
  )
  return Array.from(said, ([, sent, received]) => Number(sent) + Number(received))
}

function writeScript(path: string, lines: readonly string[]): void {
  writeFileSync(path, `#!/bin/sh\n${lines.join('\n')}\n`, { mode: 0o755 })
}
