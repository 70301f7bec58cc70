import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'

import { eventually } from './eventually.ts'

/** Says why no system calls can be made to fail here, or false. */
export const whyNoFaults: string | false =
  spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0
    ? false
    : 'no strace(1) on this machine that may trace'

export interface Fault {
  /** The system call. */
  readonly call: string
  /** As in `-e inject=CALL:...`: `error=EIO:when=1`. */
  readonly fault: string
  /** Only calls about this file. */
  readonly path?: string | undefined
}

/** Lets system calls of a running process fail, by strace(1). */
export class FaultyCalls {
  readonly #strace: ChildProcess
  readonly #said: string[] = []

  private constructor(t: TestContext, pid: number, { call, fault, path }: Fault) {
    const where = path === undefined ? [] : ['-P', path]
    const what = ['-e', `trace=${call}`, '-e', `inject=${call}:${fault}`, ...where]
    this.#strace = spawn('strace', ['-f', '-qq', '-p', String(pid), ...what], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#strace.stderr?.on('data', (chunk: Buffer) => this.#said.push(String(chunk)))
    t.after(() => this.#strace.kill('SIGKILL'))
  }

  /** Resolves when the fault is in force. */
  static async of(t: TestContext, pid: number, fault: Fault): Promise<FaultyCalls> {
    const faulty = new FaultyCalls(t, pid, fault)
    await eventually(
      () => isTraced(pid),
      () => `strace does not come: ${faulty.log}`,
    )
    return faulty
  }

  /** Calls that failed by our doing. */
  get injected(): number {
    return this.log.split('(INJECTED)').length - 1
  }

  get log(): string {
    return this.#said.join('')
  }

  /** Ends the fault; resolves when calls go through again. */
  async end(): Promise<void> {
    const exited = once(this.#strace, 'exit')
    this.#strace.kill('SIGTERM')
    await exited
  }
}

function isTraced(pid: number): boolean {
  return !readFileSync(`/proc/${pid}/status`, 'latin1').includes('TracerPid:\t0')
}
