import assert from 'node:assert/strict'
import { spawnSync, type SpawnSyncReturns, type StdioOptions } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { test, type TestContext } from 'node:test'

import { fromBytes, fromText } from '../../dist/model/byte-path.js'
import { scriptCommand } from '../../dist/run/command.js'
import { event, RECORD_ARGUMENTS, RunFixture } from '../support/run-fixture.js'

/** Names that break scripts, shells and text; each as bytes. */
const ODD_NAMES: readonly Buffer[] = [
  'plain',
  'two  spaces and\ttab',
  '-rf',
  '--checkpoint-action=exec=sh',
  `quotes ' " \` $(touch pwned) \\ %s %b \\061`,
  'newline\nin the middle',
  'newlines at the end\n\n',
  '*?[a-z]~!&|;<>(){}',
  'grün/日本語/\u{1F600}',
  '\uFEFFbyte order mark',
  'a'.repeat(255),
].map((name) => Buffer.from(name, 'utf8'))

const NOT_UTF8: readonly Buffer[] = [
  Buffer.from([0xff]),
  Buffer.from([0x61, 0xfe, 0x62, 0x0a]),
  Buffer.from([0xc3, 0x0a, 0x0a]),
  Buffer.from([0xed, 0xa0, 0x80, 0x27, 0x22, 0x5c, 0x25, 0x73]),
  Buffer.from([0x2d, 0x80, 0x20, 0x24, 0x28, 0x29, 0x2e]),
  Buffer.from(Array.from({ length: 255 }, (_, at) => (at === 46 ? 0x61 : at + 1))),
]

async function lastArgument(
  context: TestContext,
  name: Buffer,
  locale: string,
): Promise<readonly string[]> {
  const fixture = new RunFixture(context, RECORD_ARGUMENTS)
  const environment = { ...process.env, LC_ALL: locale }
  const events = [event(fromBytes(name), 8)]
  const outcome = await fixture.perform('sync', events, { environment, label: 'L' })
  assert.equal(outcome.why, 'exit code 0', outcome.tail)
  return fixture.read('arguments').toString('latin1').split('\0').slice(0, -1)
}

test('a name arrives as its exact bytes, whatever they are', async (context) => {
  for (const locale of ['C', 'C.UTF-8']) {
    for (const name of [...ODD_NAMES, ...NOT_UTF8]) {
      const expected = ['sync', 'L', '8', `/watched/${name.toString('latin1')}`]
      assert.deepEqual(await lastArgument(context, name, locale), expected)
    }
  }
})

test('an initial sync gets the label and the watch directory as given', async (context) => {
  for (const watchDir of ['/srv/data', './from', 'relative/dir', '/', 'grün', '.']) {
    const fixture = new RunFixture(context, RECORD_ARGUMENTS)
    await fixture.perform('initialsync', [], { watchDir, label: 'étiquette' })
    const expected = `initialsync\0étiquette\0${watchDir}\0`
    assert.equal(fixture.read('arguments').toString(), expected)
  }
})

test('paths begin with the watch directory as given, without a doubled slash', async (context) => {
  const cases = [
    ['./from', 'a/b', './from/a/b'],
    ['/', 'a/b', '/a/b'],
    ['/', '', '/'],
    ['from', '', 'from'],
  ] as const
  for (const [watchDir, path, expected] of cases) {
    const fixture = new RunFixture(context, RECORD_ARGUMENTS)
    await fixture.perform('sync', [event(path, 0x40000100)], { watchDir })
    const words = ['sync', 'nolabel', '1073742080', expected]
    assert.equal(fixture.read('arguments').toString(), `${words.join('\0')}\0`)
  }
})

test('the recorded process is the script itself, also where a shell hands over bytes', async (context) => {
  const fixture = new RunFixture(context, 'echo $$')
  await fixture.perform('sync', [event(fromBytes(Buffer.from([0xff])))])
  await fixture.perform('sync', [event(fromText('plain'))])
  assert.deepEqual(
    fixture.lines,
    fixture.spawned.map(({ pid }) => String(pid)),
  )
  assert.ok(fixture.spawned.every(({ run, identity }) => run === 7 && identity !== undefined))
})

test('the exact bytes of a name reach the file system', async (context) => {
  const fixture = new RunFixture(context, 'echo content > "$4"')
  const name = Buffer.from([0x6e, 0xff, 0x0a])
  await fixture.perform('sync', [event(fromBytes(name))], { watchDir: fixture.directory })
  const names = readdirSync(fixture.directory, { encoding: 'buffer' })
  assert.ok(names.some((found) => found.equals(name)))
})

test('every shell that may be /bin/sh hands over bytes alike', (context) => {
  const stdio: StdioOptions = ['ignore', 'pipe', 'inherit']
  const shells = ['dash', 'bash', 'bash --posix', 'busybox sh', 'zsh --emulate sh', 'ksh']
  for (const shell of shells) {
    const [program = '', ...options] = shell.split(' ')
    if (spawnSync(program, [...options, '-c', ':']).status !== 0) {
      context.diagnostic(`${shell}: not on this machine`)
      continue
    }
    for (const name of NOT_UTF8) {
      const { args } = scriptCommand('/usr/bin/printf', ['%s'], fromBytes(name))
      for (const LC_ALL of ['C', 'C.UTF-8']) {
        const env = { PATH: '/bin:/usr/bin', LC_ALL }
        const shellRun: SpawnSyncReturns<Buffer> = spawnSync(program, [...options, ...args], {
          env,
          stdio,
        })
        assert.deepEqual(shellRun.stdout, name, `${shell} ${LC_ALL}`)
      }
    }
  }
})
