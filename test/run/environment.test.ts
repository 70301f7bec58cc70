import assert from 'node:assert/strict'
import { mkdirSync, statSync } from 'node:fs'
import { test } from 'node:test'

import { event, RunFixture } from '../support/run-fixture.js'

const DUMP = 'cat /proc/self/environ > "$T/environment"'

async function environmentOf(
  fixture: RunFixture,
  environment: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<string, string>> {
  const run = { id: 41, kind: 'sync', attempt: 3 } as const
  const { outcome } = fixture.start(run, [event('a')], { environment, label: 'mirror' })
  assert.equal((await outcome).why, 'exit code 0')
  const lines = fixture.read('environment').toString().split('\0').slice(0, -1)
  return new Map(lines.map((line) => [line.replace(/=.*$/s, ''), line.replace(/^[^=]*=/, '')]))
}

const skip = process.platform === 'linux' ? false : 'reads /proc/self/environ'

test(
  'a script gets the environment of the daemon and what the run is',
  { skip },
  async (context) => {
    const fixture = new RunFixture(context, DUMP)
    const given = {
      PATH: process.env['PATH'],
      HOME: '/home/me',
      EMPTY: '',
      npm_config_x: 'y',
      A: 'ü\n',
    }
    const environment = await environmentOf(fixture, given)
    for (const [name, value] of Object.entries(given)) assert.equal(environment.get(name), value)
    assert.equal(environment.get('CLSYNC_LABEL'), 'mirror')
    assert.equal(environment.get('CLSYNC_DB'), fixture.path('clsync.db'))
    assert.equal(environment.get('CLSYNC_RUN_ID'), '41')
    assert.equal(environment.get('CLSYNC_ATTEMPT'), '3')
  },
)

test('a script gets nothing that is only Node’s or systemd’s', { skip }, async (context) => {
  const fixture = new RunFixture(context, DUMP)
  const notForScripts = {
    NODE_OPTIONS: '--inspect',
    NODE_CHANNEL_FD: '3',
    NODE_CHANNEL_SERIALIZATION_MODE: 'json',
    NODE_UNIQUE_ID: '1',
    NOTIFY_SOCKET: '/run/systemd/notify',
    WATCHDOG_PID: '1',
    WATCHDOG_USEC: '30000000',
    LISTEN_FDS: '1',
    JOURNAL_STREAM: '8:1',
  }
  const environment = await environmentOf(fixture, {
    ...notForScripts,
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    CLSYNC_RUN_ID: 'of an outer daemon',
  })
  for (const name of Object.keys(notForScripts)) assert.equal(environment.has(name), false, name)
  assert.equal(environment.get('NODE_ENV'), 'production')
  assert.equal(environment.get('CLSYNC_RUN_ID'), '41')
})

test('the environment of this process does not leak', { skip }, async (context) => {
  const fixture = new RunFixture(context, DUMP)
  const environment = await environmentOf(fixture, { PATH: '/bin:/usr/bin' })
  const shells = ['PWD', 'SHLVL', '_', 'OLDPWD']
  const ours = [...environment.keys()].filter((name) => !shells.includes(name)).toSorted()
  const clsync = ['CLSYNC_ATTEMPT', 'CLSYNC_DB', 'CLSYNC_FAILED', 'CLSYNC_LABEL', 'CLSYNC_RUN_ID']
  assert.deepEqual(ours, [...clsync, 'PATH'])
})

test(
  'a script leads a session, has no standard input and keeps the working directory',
  { skip },
  async (context) => {
    const body = 'cut -d" " -f6 /proc/$$/stat; echo $$; wc -c; pwd'
    const fixture = new RunFixture(context, body)
    await fixture.perform('sync', [event('a')])
    const [session, pid, input, directory] = fixture.lines
    assert.equal(session, pid)
    assert.equal(input, '0')
    assert.equal(directory, process.cwd())
  },
)

test('the file for failed paths is empty, the owner’s only, and gone after the run', async (context) => {
  const fixture = new RunFixture(context, 'echo "$CLSYNC_FAILED"; stat -c "%s %a" "$CLSYNC_FAILED"')
  const before = process.umask(0)
  await fixture.perform('sync', [event('a')]).finally(() => process.umask(before))
  const [path = '', facts] = fixture.lines
  assert.match(path, /\/clsync-[0-9a-f]{12}-7-[0-9a-f]{32}\.failed$/)
  assert.equal(facts, '0 600')
  assert.throws(() => statSync(path), /ENOENT/)
})

test('without a directory for lists it lies in one beside the database', async (context) => {
  const fixture = new RunFixture(context, 'dirname "$CLSYNC_FAILED"')
  const changes = { listsDir: undefined, db: fixture.path('q.db') }
  mkdirSync(fixture.path('q.db.runs'))
  await fixture.perform('sync', [event('a')], changes)
  assert.deepEqual(fixture.lines, [fixture.path('q.db.runs')])
})
