import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import type { Scratch } from './scratch.ts'

/** How to start a program that goes on until it is stopped. */
export interface ProgramCall {
  readonly file: string
  readonly args: readonly string[]
}

/**
 * What every program under measurement gets of the environment. Whatever else a user has set would be
 * measured with it: a file of certificates alone makes Node start three times as slowly.
 */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LANG', 'TMPDIR'] as const

/** A program under measurement and what it says, one line after the other. */
export class Program {
  /** `performance.now()` just before it was started. */
  readonly startedAt: number
  /** Rejects when it ends without being told to. */
  readonly died: Promise<never>
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #waiting = new Set<(line: string | undefined) => void>()
  /** Lines said before anybody waited; the last ones only. */
  readonly #said: string[] = []
  #isStopped = false

  constructor({ file, args }: ProgramCall, scratch: Scratch) {
    this.startedAt = performance.now()
    this.#child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: plainEnvironment(),
    })
    this.#exited = once(this.#child, 'exit')
    this.died = this.#exited.then(() => this.#mourn())
    this.died.catch(() => undefined)
    this.#child.on('exit', () => this.#tell(undefined))
    scratch.onEnd(() => this.#child.kill('SIGKILL'))
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface(stream).on('line', (line) => this.#tell(line))
    }
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#child.spawnfile} did not start`)
    return this.#child.pid
  }

  /** Resolves with the first line, said or yet to come, that is wanted. */
  async line(wanted: (line: string) => boolean): Promise<string> {
    const said = this.#said.find(wanted)
    if (said !== undefined) return said
    return new Promise((resolve, reject) => {
      const waiting = (line: string | undefined): void => {
        if (line !== undefined && !wanted(line)) return
        this.#waiting.delete(waiting)
        if (line !== undefined) return resolve(line)
        reject(this.#ended())
      }
      this.#waiting.add(waiting)
    })
  }

  /** Ends it by SIGTERM; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#isStopped = true
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGTERM')
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), 15_000)
    await this.#exited
    clearTimeout(impatience)
  }

  async #mourn(): Promise<never> {
    if (this.#isStopped) return new Promise(() => undefined)
    throw this.#ended()
  }

  #ended(): Error {
    return new Error(`${this.#child.spawnargs.join(' ')} ended: ${this.#said.slice(-5).join('\n')}`)
  }

  #tell(line: string | undefined): void {
    if (line !== undefined) this.#said.push(line)
    if (this.#said.length > 200) this.#said.shift()
    for (const waiting of this.#waiting) waiting(line)
  }
}

/** Milliseconds that a command takes from its start to its end. */
export function timeCommand(file: string, args: readonly string[]): number {
  const began = performance.now()
  const env = plainEnvironment()
  execFileSync(file, args, { env, stdio: ['ignore', 'ignore', 'inherit'], maxBuffer: Infinity })
  return performance.now() - began
}

function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]]))
}
