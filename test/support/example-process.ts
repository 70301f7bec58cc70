import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

import Database from 'better-sqlite3'

import { errnoOf } from '../../dist/errors.js'
import { ByteTree } from './byte-tree.ts'
import { eventually } from './eventually.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const START = fileURLToPath(new URL('../../example/clsync-start.sh', import.meta.url))
const DEADLINE_MS = 60_000

/** The example as a user runs it, in a directory of its own. */
export class Example {
  readonly from: ByteTree
  readonly to: ByteTree
  readonly #directory: string
  #daemon: ChildProcess | undefined
  #said = ''

  constructor(t: TestContext) {
    this.#directory = temporaryDirectory(t)
    this.from = new ByteTree(`${this.#directory}/from`)
    this.to = new ByteTree(`${this.#directory}/to`)
    t.after(() => this.end('SIGKILL'))
  }

  /** Starts clsync and resolves when it says that it is ready. */
  async start(): Promise<void> {
    this.#said = ''
    const daemon = spawn('bash', [START], {
      env: { ...process.env, CLSYNC_EXAMPLE_DIR: this.#directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [daemon.stdout, daemon.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#said += text))
    }
    this.#daemon = daemon
    const hasEnded = (): boolean => daemon.exitCode !== null || daemon.signalCode !== null
    await this.#wait(() => /\bready\b/.test(this.#said) || hasEnded())
    if (hasEnded()) throw new Error(`the example ended: ${this.#said}`)
  }

  /** Sends a signal and resolves with the exit code when the daemon is gone. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const daemon = this.#daemon
    this.#daemon = undefined
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return null
    const gone = once(daemon, 'exit')
    daemon.kill(signal)
    await gone
    return daemon.exitCode
  }

  /** Resolves when the target is equal to the source. */
  async equal(): Promise<void> {
    await this.#wait(() => this.#differences().length === 0)
  }

  /** Resolves when the initial sync is done and written down, so that no other is due. */
  async initiallySynced(): Promise<void> {
    await this.#wait(() => this.initialSyncs() > 0)
  }

  /** How many initial syncs have succeeded. */
  initialSyncs(): number {
    const db = new Database(`${this.#directory}/clsync.db`, { readonly: true })
    const sql = "SELECT id FROM run WHERE kind = 'initialsync' AND outcome = 'succeeded'"
    try {
      return db.prepare(sql).all().length
    } finally {
      db.close()
    }
  }

  async #wait(condition: () => boolean): Promise<void> {
    await eventually(condition, () => this.#describe(), DEADLINE_MS)
  }

  #describe(): string {
    return `${this.#differences().join('\n')}\nclsync said:\n${this.#said}`
  }

  #differences(): readonly string[] {
    const [from, to] = [snapshotOf(this.from), snapshotOf(this.to)]
    return [
      ...from.filter((line) => !to.includes(line)).map((line) => `source: ${line}`),
      ...to.filter((line) => !from.includes(line)).map((line) => `target: ${line}`),
    ]
  }
}

/** The target changes while it is looked at. */
function snapshotOf(tree: ByteTree): readonly string[] {
  try {
    return tree.snapshot()
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return [`${tree.root} changed under our eyes`]
  }
}
