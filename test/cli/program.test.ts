import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import { CLSYNC, runNode } from '../support/clsync-process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('clsync alone prints the syntax to standard error and exits with 2', async () => {
  const { code, stdout, stderr } = await runNode(CLSYNC, [])
  assert.equal(code, 2)
  assert.equal(stdout, '')
  assert.match(stderr, /^syntax: clsync \[flags\] <watch dir> <action script> \[file/)
  assert.match(stderr, /\npossible flags:\n\t--background {14}-b\n/)
})

test('--help and -h print the syntax and explanations to standard output', async () => {
  const [long, short] = await Promise.all([runNode(CLSYNC, ['--help']), runNode(CLSYNC, ['-h'])])
  assert.equal(long.code, 0)
  assert.equal(long.stderr, '')
  assert.match(long.stdout, /^syntax: clsync/)
  assert.match(long.stdout, /-t, --collectdelay <seconds> +delay to collect events/)
  assert.deepEqual(short, long)
})

test('--version prints the version of the package', async () => {
  const file = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }
  const { code, stdout } = await runNode(CLSYNC, ['--version'])
  assert.deepEqual({ code, stdout }, { code: 0, stdout: `clsync ${version}\n` })
})

test('What needs no daemon loads neither it nor anything native', () => {
  for (const args of [['--help'], ['--version'], ['nope']]) {
    const { stderr } = spawnSync(process.execPath, [CLSYNC, ...args], {
      env: { ...process.env, NODE_DEBUG: 'module,esm' },
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    })
    assert.match(stderr, /program\.js/, 'the debug output names modules')
    assert.doesNotMatch(stderr, /better-sqlite3|koffi|chokidar|execa|dist\/daemon\//)
  }
})

test('A reader that has seen enough of the help is no error', () => {
  const { status, stderr } = spawnSync(
    '/bin/sh',
    ['-c', '"$0" "$1" --help | head -n 1 > /dev/null', process.execPath, CLSYNC],
    { encoding: 'utf8' },
  )
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
})

test('Without its compiled part it says how to build it', async (t) => {
  const directory = temporaryDirectory(t)
  cpSync(dirname(CLSYNC), join(directory, 'bin'), { recursive: true })
  cpSync(join(dirname(CLSYNC), '../package.json'), join(directory, 'package.json'))
  const { code, stderr } = await runNode(join(directory, 'bin/clsync.js'), ['--help'])
  assert.equal(code, 2)
  assert.match(stderr, /^clsync: .*program is missing.*\nhint: run: npm ci && npm run build\n$/)
})
