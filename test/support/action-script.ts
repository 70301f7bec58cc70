import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

import { toBytes } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'
import { ByteTree } from './byte-tree.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const SCRIPT = fileURLToPath(new URL('../../example/clsync-actionscript.sh', import.meta.url))

export type CopyMethod = 'rsync' | 'coreutils'

/** Why a way to copy cannot be tested on this machine, or false. */
function whyNot(method: CopyMethod): string | false {
  const needed = method === 'rsync' ? 'rsync' : 'tar'
  return spawnSync(needed, ['--version']).status === 0 ? false : `no ${needed} on this machine`
}

/** Defines a test for each way to copy. */
export function testMirror(title: string, body: (mirror: Mirror, t: TestContext) => void): void {
  for (const method of ['rsync', 'coreutils'] as const) {
    void test(`${title} (${method})`, { skip: whyNot(method) }, (t) =>
      body(new Mirror(t, method), t),
    )
  }
}

/** The example's action script between two trees. */
export class Mirror {
  readonly from: ByteTree
  readonly to: ByteTree
  /** Beside the two, not to be touched. */
  readonly outside: ByteTree
  readonly #directory: string
  readonly #method: CopyMethod
  /** A copy, which whoever the script runs as can reach. */
  readonly #script: string
  /** Runs the script as this user. */
  uid: number | undefined

  constructor(t: TestContext, method: CopyMethod) {
    this.#directory = temporaryDirectory(t)
    this.#method = method
    this.#script = `${this.#directory}/actionscript.sh`
    copyFileSync(SCRIPT, this.#script)
    this.from = new ByteTree(`${this.#directory}/from`)
    this.to = new ByteTree(`${this.#directory}/to`)
    this.outside = new ByteTree(`${this.#directory}/outside`)
  }

  /** Tells paths as clsync does: in a list, what has a newline by itself. Expects success. */
  tell(paths: readonly BytePath[]): void {
    const listed = paths.filter((path) => !path.includes('\n'))
    if (listed.length > 0) this.expectSuccess(this.tellList(listed))
    for (const path of paths.filter((each) => each.includes('\n'))) {
      this.expectSuccess(this.tellOne(path))
    }
  }

  /** Returns the exit code of a `synclist` run. */
  tellList(paths: readonly BytePath[]): number | null {
    const lines = paths.map((path) => `sync nolabel 264 ${this.#told(path)}\n`)
    return this.runWithList(lines.join(''))
  }

  runWithList(bytes: BytePath): number | null {
    const list = `${this.#directory}/list`
    writeFileSync(list, toBytes(bytes))
    return this.run(['synclist', 'nolabel', list])
  }

  /** Returns the exit code of a `sync` run. Node cannot pass foreign bytes as an argument. */
  tellOne(path: BytePath): number | null {
    const told = `${this.#directory}/told`
    writeFileSync(told, toBytes(`${this.#told(path)}\0`))
    const line = 'LC_ALL=C; IFS= read -r -d "" path <"$1"; exec "$0" sync nolabel 264 "$path"'
    return this.#spawn('bash', ['-c', line, this.#script, told])
  }

  initialSync(): number | null {
    return this.run(['initialsync', 'nolabel', this.from.root])
  }

  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): number | null {
    return this.#spawn(this.#script, args, env)
  }

  /** What the last run said. */
  said = ''

  expectSuccess(status: number | null): void {
    assert.equal(status, 0, this.said)
  }

  expectEqual(): void {
    assert.deepEqual(this.to.snapshot(), this.from.snapshot())
  }

  #told(path: BytePath): BytePath {
    return path === '' ? this.from.root : `${this.from.root}/${path}`
  }

  #spawn(
    file: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): number | null {
    const result = spawnSync(file, args, {
      encoding: 'utf8',
      env: {
        ...process.env,
        CLSYNC_EXAMPLE_DIR: this.#directory,
        CLSYNC_EXAMPLE_COPY: this.#method,
        ...env,
      },
      ...(this.uid === undefined ? {} : { uid: this.uid, gid: this.uid }),
    })
    this.said = `${result.stdout}${result.stderr}${result.error?.message ?? ''}`
    return result.status
  }
}
