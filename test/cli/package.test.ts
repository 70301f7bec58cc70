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

  writeFileSync(join(directory, 'package.json'), '{ "private": true }')
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...OFFLINE_SOON]
  const installed = npm(directory, 'install', ...flags, `./${tarball}`)
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|network/.test(installed.output)) {
    t.skip('the package registry cannot be reached')
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
