import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

import { CLSYNC } from './clsync-process.ts'
import { eventually } from './eventually.ts'

/** On a machine that is busy with other things. */
const DEADLINE_MS = 60_000

/** One line of the log of a daemon with `--logformat json`. */
export interface LogLine {
  readonly event: string
  readonly message: string
  readonly hint?: string
  readonly [field: string]: unknown
}

export interface LiveDaemonSettings {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Starts the program with these words before it, `setpriv --reuid=1` for example. */
  readonly launcher?: readonly string[]
}

/** The real program, running, and what it logs. */
export class LiveDaemon {
  readonly lines: LogLine[] = []
  /** What is not JSON. */
  readonly strangeLines: string[] = []
  /** Exit code and signal. */
  readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>
  readonly #child: ChildProcess

  constructor(args: readonly string[], { cwd, env = {}, launcher = [] }: LiveDaemonSettings) {
    const [file = '', ...words] = [...launcher, process.execPath, CLSYNC, ...args]
    this.#child = spawn(file, [...words, '--logformat', 'json'], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'pipe'],
    })
    this.ended = once(this.#child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
    if (this.#child.stderr === null) throw new Error('no standard error')
    createInterface({ input: this.#child.stderr }).on('line', (line) => this.#take(line))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves with the first line of this event that fits, those before `from` not counted. */
  async says(
    event: string,
    fits: (line: LogLine) => boolean = () => true,
    from: number = 0,
  ): Promise<LogLine> {
    const find = (): LogLine | undefined =>
      this.lines.slice(from).find((line) => line.event === event && fits(line))
    await eventually(
      () => find() !== undefined || !this.isRunning,
      () => `never said ${event}: ${this.log}`,
      DEADLINE_MS,
    )
    const found = find()
    if (found === undefined) throw new Error(`ended without ${event}: ${this.log}`)
    return found
  }

  saysOf(event: string): readonly LogLine[] {
    return this.lines.filter((line) => line.event === event)
  }

  get log(): string {
    const messages = this.lines.slice(-60).map(({ event, message }) => `${event}: ${message}`)
    return [...messages, ...this.strangeLines].join('\n')
  }

  /** Stops all its threads (SIGSTOP); resolves when none of them does anything any more. */
  async pause(): Promise<void> {
    this.signal('SIGSTOP')
    const threads = `/proc/${this.pid}/task`
    const isStopped = (thread: string): boolean =>
      /^State:\s+T/m.test(readFileSync(`${threads}/${thread}/status`, 'latin1'))
    await eventually(
      () => readdirSync(threads).every(isStopped),
      () => 'cannot be stopped',
    )
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Ends it with SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.isRunning) this.#child.kill('SIGKILL')
    await this.ended
  }

  /** Ends it with SIGTERM; resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM')
    const [code] = await this.ended
    return code
  }

  #take(line: string): void {
    try {
      this.lines.push(JSON.parse(line) as LogLine)
    } catch {
      this.strangeLines.push(line)
    }
  }
}
