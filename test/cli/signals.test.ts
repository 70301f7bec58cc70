import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { workplace } from '../support/clsync-process.ts'
import { eventually } from '../support/eventually.ts'

const FAKE = fileURLToPath(new URL('fixture/fake-clsync.js', import.meta.url))

interface Daemon {
  readonly child: ChildProcess
  readonly log: () => string
  readonly says: (text: string) => Promise<void>
  readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>
}

function start(t: TestContext, fake: string, ...flags: string[]): Daemon {
  const child = spawn(process.execPath, [FAKE, ...flags, 'tree', 'script'], {
    cwd: workplace(t),
    env: { ...process.env, FAKE: fake },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let log = ''
  child.stderr?.on('data', (chunk) => (log += String(chunk)))
  return {
    child,
    log: () => log,
    says: async (text) =>
      eventually(
        () => log.includes(text),
        () => `${text} in: ${log}`,
      ),
    ended: once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} stops the daemon, which exits with 0`, async (t) => {
    const { child, log, says, ended } = start(t, 'ready')
    await says('ready: inotify, 1 directory watched')
    child.kill(signal)
    assert.deepEqual(await ended, [0, null])
    assert.match(log(), /stopping\n.*stopped, 0 paths pending\n$/)
  })

  test(`A second ${signal} ends it at once`, async (t) => {
    const { child, says, ended } = start(t, 'never stops')
    await says('ready')
    child.kill(signal)
    await says('stopping')
    child.kill(signal)
    assert.deepEqual(await ended, [signal === 'SIGINT' ? 130 : 143, null])
  })
}

test('SIGTERM before everything is watched stops it too', async (t) => {
  const { child, says, ended } = start(t, 'never ready')
  await says('database fake.db')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})

test('SIGHUP reads the rules again', async (t) => {
  const { child, says } = start(t, 'ready')
  await says('ready')
  child.kill('SIGHUP')
  await says('rules read again: rules')
})

test('SIGHUP with wrong rules is logged, and the daemon goes on', async (t) => {
  const { child, says, ended } = start(t, 'with wrong rules')
  await says('ready')
  child.kill('SIGHUP')
  await says('error the old rules stay in force: rules:1:1: wrong')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})

test('SIGUSR1 starts an audit, and no debugger', async (t) => {
  const { child, log, says } = start(t, 'ready', '--verbose')
  await says('ready')
  child.kill('SIGUSR1')
  await says('comparing . with the catalogue: audit')
  assert.doesNotMatch(log(), /[Dd]ebugger/)
})

test('What ends the daemon is said with exit code 1 when it was ready, 2 when it could not start', async (t) => {
  const failed = start(t, 'fails')
  assert.deepEqual(await failed.ended, [1, null])
  assert.match(failed.log(), /\nclsync: disk gone\nhint: .+\n$/)
  const locked = start(t, 'locked')
  assert.deepEqual(await locked.ended, [2, null])
  assert.match(locked.log(), /\nclsync: fake.db is used by process 1\nhint: stop it\n$/)
  const bug = start(t, 'bug')
  assert.deepEqual(await bug.ended, [1, null])
  assert.match(bug.log(), /\nclsync: bug: x is not a function at .+\nhint: please report .+\n$/)
})

test('With --quite only what ends it is said, with --logformat json as JSON', async (t) => {
  const quiet = start(t, 'fails', '--quite')
  await quiet.ended
  assert.match(quiet.log(), /^clsync: disk gone\nhint: .+\n$/)
  const json = start(t, 'locked', '--logformat', 'json')
  await json.ended
  const lines = json.log().trim().split('\n')
  const last = JSON.parse(lines.at(-1) ?? '') as { [key: string]: unknown }
  assert.deepEqual(
    { ...last, time: '' },
    {
      time: '',
      level: 'error',
      event: 'daemon:failed',
      message: 'fake.db is used by process 1',
      hint: 'stop it',
    },
  )
})
