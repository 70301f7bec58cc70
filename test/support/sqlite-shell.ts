import {
  type ChildProcessWithoutNullStreams,
  execFileSync,
  spawn,
  spawnSync,
} from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'

/** Says whether the program is there; `skip` for tests that need it. */
export const withoutShell: string | false =
  spawnSync('sqlite3', ['--version']).status === 0 ? false : 'sqlite3(1) is not installed'

/** Asks the real `sqlite3` program; returns what it prints, without the last newline. */
export function askShell(database: string, sql: string, ...flags: readonly string[]): string {
  return execFileSync('sqlite3', [...flags, '-cmd', '.timeout 60000', database, sql], {
    encoding: 'utf8',
  }).trimEnd()
}

/** A `sqlite3` program that stays open, as a person leaves it. */
export class SqliteShell {
  readonly #process: ChildProcessWithoutNullStreams

  constructor(t: TestContext, database: string) {
    this.#process = spawn('sqlite3', ['-batch', '-cmd', '.timeout 60000', database])
    t.after(() => this.#process.kill('SIGKILL'))
  }

  /** Resolves when it has done this. */
  async run(sql: string): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      let output = ''
      const read = (chunk: Buffer): void => {
        output += chunk.toString()
        if (output.includes('done!')) resolve()
      }
      this.#process.stdout.on('data', read)
      this.#process.stderr.once('data', (chunk: Buffer) => reject(new Error(chunk.toString())))
    })
    this.#process.stdin.write(`${sql};\n.print done!\n`)
    await done
    this.#process.stdout.removeAllListeners('data')
    this.#process.stderr.removeAllListeners('data')
  }

  /** Resolves when it is gone, and with it its locks. */
  async quit(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.stdin.end('.quit\n')
    await exited
  }
}
