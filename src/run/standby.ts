import { Socket } from 'node:net'

import type { FedChild, Spawner } from './child.ts'
import type { Command } from './command.ts'
import type { Environment } from './environment.ts'

/** A shell that reads what it is to do from its standard input. */
const WAITING_SHELL: Command = { file: '/bin/sh', args: ['-s'] }

/** Some shells read byte by byte; and longer arguments may be too long to start with. */
const LONGEST_TEXT = 8 * 1024

/** What a shell does that is told nothing more: it ends with 1, for which no script is taken. */
const TOLD_NOTHING = 'false\n'

/** Exit codes of a shell that could not become the script, or was told only a part of how. */
const SHELL_FAILED: readonly number[] = [1, 2, 3, 126, 127]

/**
 * A shell started ahead that becomes the script: same process, only quotes interpreted.
 *
 * To start a process Node copies the page tables of the whole daemon, milliseconds that the first
 * of a row of changes would wait for. A shell that already waits needs a fraction of one.
 *
 * The shell ends by itself when nobody holds the other end of its input, so none outlives a daemon
 * that is killed.
 */
export class Standby {
  readonly #spawner: Spawner
  readonly #environment: Environment
  readonly #isAble: boolean
  #shell: FedChild | undefined

  /**
   * @param environment what the scripts get, less what is new for each
   * @param ignoreExitCodes codes that are taken for success: a shell must not end with one of them
   */
  constructor(spawner: Spawner, environment: Environment, ignoreExitCodes: readonly number[]) {
    this.#spawner = spawner
    this.#environment = environment
    this.#isAble =
      Object.keys(environment).every(passesThroughShell) &&
      !SHELL_FAILED.some((code) => ignoreExitCodes.includes(code))
  }

  /** Starts a shell, unless one is waiting. */
  prepare(): void {
    if (!this.#isAble || this.#shell !== undefined) return
    const shell = this.#spawn()
    if (shell === undefined) return
    // What becomes of its input its end tells better.
    shell.stdin.on('error', () => undefined)
    shell.once('exit', () => {
      if (this.#shell === shell) this.#shell = undefined
    })
    shell.stdin.write(TOLD_NOTHING)
    holdLoop(shell, false)
    this.#shell = shell
  }

  /** Hands over the shell, if one is waiting. */
  take(): FedChild | undefined {
    const shell = this.#shell
    this.#shell = undefined
    if (shell !== undefined) holdLoop(shell, true)
    return shell
  }

  /** Lets the shell end. */
  dismiss(): void {
    this.#shell?.stdin.end()
    this.#shell = undefined
  }

  /** There may be no process or memory left; the next script is started by itself then. */
  #spawn(): FedChild | undefined {
    try {
      const shell = this.#spawner.spawnFed(WAITING_SHELL, this.#environment)
      return shell.pid === undefined ? undefined : shell
    } catch {
      return undefined
    }
  }
}

/**
 * Returns what makes a waiting shell become the command, with variables besides its own; undefined
 * where it is too long. Braces: of a text that was cut off nothing is done.
 */
export function becoming({ file, args }: Command, variables: Environment): string | undefined {
  const words = [file, ...args].map(quoted)
  const exports = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`)
  const text = `{ export ${exports.join(' ')}; exec ${words.join(' ')} </dev/null; }\n`
  return text.length > LONGEST_TEXT ? undefined : text
}

/** Between single quotes a shell takes everything as it is (POSIX, 2.2.2 Single-Quotes). */
function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** A waiting shell must not keep the process alive. */
function holdLoop(shell: FedChild, isHeld: boolean): void {
  for (const part of [shell, shell.stdin, shell.stdout, shell.stderr]) {
    if (part !== shell && !(part instanceof Socket)) continue
    if (isHeld) part.ref()
    else part.unref()
  }
}

/** Shells drop variables that they cannot name, and change those that are theirs. */
function passesThroughShell(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !OF_SHELLS.has(name)
}

/** Variables that dash, bash, ksh or busybox set or refuse, besides those that describe a shell. */
const OF_SHELLS: ReadonlySet<string> = new Set([
  'BASHOPTS',
  'EGID',
  'EPOCHREALTIME',
  'EPOCHSECONDS',
  'EUID',
  'GID',
  'GROUPS',
  'IFS',
  'LINENO',
  'OPTARG',
  'OPTERR',
  'OPTIND',
  'PGRP',
  'POSIXLY_CORRECT',
  'PPID',
  'PS1',
  'PS2',
  'PS4',
  'RANDOM',
  'SECONDS',
  'SHELLOPTS',
  'UID',
])
