import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { temporaryDirectory } from '../support/temporary-directory.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Fails fast where there is no network, instead of trying for minutes. */
const OFFLINE_SOON = ['--fetch-retries=0', '--fetch-timeout=20000']

/** What npm says where there is no network, and nothing else. */
const UNREACHABLE =
  /^npm (?:error|ERR!) code (E(?:NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|NETUNREACH|HOSTUNREACH|\w*TIMEDOUT|\w*TIMEOUT)|ERR_SOCKET_TIMEOUT)$/m

function npm(
  cwd: string,
  ...args: string[]
): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' })
  return { status, output: `${stdout}${stderr}` }
}

test('The packed package works in an empty directory', (t) => {
  const directory = temporaryDirectory(t)
  const packed = npm(ROOT, 'pack', '--ignore-scripts', '--pack-destination', directory)
  assert.equal(packed.status, 0, packed.output)
  const tarball = readdirSync(directory).find((name) => name.endsWith('.tgz')) ?? 'none'
  assertHolds(join(directory, tarball), [...filesIn('migrations'), ...filesIn('example', '.sh')])

  writeFileSync(join(directory, 'package.json'), '{ "private": true }')
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...OFFLINE_SOON]
  const installed = npm(directory, 'install', ...flags, `./${tarball}`)
  const [, unreachable] = UNREACHABLE.exec(installed.output) ?? []
  if (installed.status !== 0 && unreachable !== undefined) {
    t.skip(`the package registry cannot be reached: ${unreachable}`)
    return
  }
  assert.equal(installed.status, 0, installed.output)

  const help = spawnSync('npx', ['--no-install', 'clsync', '--help'], {
    cwd: directory,
    encoding: 'utf8',
  })
  assert.equal(help.status, 0, help.stderr)
  assert.match(help.stdout, /^syntax: clsync \[flags\]/)

  const files = readdirSync(join(directory, 'node_modules/clsync'))
  assert.deepEqual(
    ['bin', 'dist', 'migrations', 'LICENSE', 'package.json'].filter(
      (name) => !files.includes(name),
    ),
    [],
  )
})

/** Files of the repository, relative to it. */
function filesIn(directory: string, suffix: string = ''): readonly string[] {
  const found = readdirSync(join(ROOT, directory)).filter((name) => name.endsWith(suffix))
  assert.notDeepEqual(found, [])
  return found.map((name) => `${directory}/${name}`)
}

function assertHolds(tarball: string, files: readonly string[]): void {
  const { stdout, stderr } = spawnSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
  const packed = new Set(stdout.split('\n'))
  assert.deepEqual(
    [...packed].filter((file) => /\.(?:map|ts)$/.test(file)),
    [],
    'the sources they lead to are not packed',
  )
  const missing = files.filter((file) => !packed.has(`package/${file}`))
  assert.deepEqual(missing, [], stderr)
}
