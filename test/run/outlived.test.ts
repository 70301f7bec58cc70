import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

import { findOutlived, type InterruptedRun } from '../../dist/run/outlived.js'
import { identityOf, isRunning, waitUntilEnded } from '../../dist/run/process-identity.js'
import { signalGroup } from '../../dist/run/process-group.js'
import { eventually } from '../support/eventually.js'
import { event, RunFixture } from '../support/run-fixture.js'

const DAEMON = fileURLToPath(new URL('../support/doomed-daemon.js', import.meta.url))
const UNTIL_GO = 'echo up; until [ -e "$T/go" ]; do sleep 0.02; done; echo done > "$T/done"'
const skip = process.platform === 'linux' ? false : 'needs /proc'

interface Orphan {
  readonly fixture: RunFixture
  readonly db: string
  readonly recorded: InterruptedRun & { readonly pid: number; readonly identity: string }
}

/** A script that is still running after its daemon was killed. */
async function orphan(context: TestContext, path: string = 'a'): Promise<Orphan> {
  const fixture = new RunFixture(context, UNTIL_GO)
  const run = { id: 33, kind: 'sync', attempt: 1 }
  const input = { settings: fixture.settings(), run, events: [event(path)] }
  const daemon = spawn(process.execPath, [DAEMON, JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let recorded: Orphan['recorded'] | undefined
  for await (const line of createInterface(daemon.stdout)) {
    if (line.startsWith('spawned ')) recorded = JSON.parse(line.slice('spawned '.length))
    if (line === 'line up') break
  }
  daemon.kill('SIGKILL')
  await once(daemon, 'exit')
  assert.ok(recorded !== undefined)
  const { pid } = recorded
  context.after(() => signalGroup(pid, 'SIGKILL'))
  return { fixture, db: fixture.path('clsync.db'), recorded }
}

test(
  'a script that outlived its daemon is found by what was recorded of it',
  { skip },
  async (context) => {
    const { fixture, db, recorded } = await orphan(context)
    const { pid, identity } = recorded
    assert.deepEqual(findOutlived('/no/such.db', [recorded]), [{ run: 33, pid, identity }])
    const ended = waitUntilEnded(pid, identity)
    assert.ok(isRunning(pid, identity))
    fixture.touch('go')
    await ended
    assert.equal(fixture.read('done').toString(), 'done\n')
    assert.deepEqual(findOutlived(db, [recorded]), [])
  },
)

test('it is found also if the daemon died before it could record it', { skip }, async (context) => {
  for (const path of ['a', '\xff']) {
    const { db, recorded } = await orphan(context, path)
    const { pid, identity } = recorded
    const unrecorded = { id: 33, pid: undefined, identity: undefined }
    assert.deepEqual(findOutlived(db, [unrecorded]), [{ run: 33, pid, identity }])
    assert.deepEqual(findOutlived(db, []), [{ run: 33, pid, identity }])
    assert.deepEqual(findOutlived(`${db}x`, [unrecorded]), [])
  }
})

test('another process with the recorded id is not taken for the script', { skip }, () => {
  const stranger = process.pid
  const identity = identityOf(stranger)
  assert.ok(identity !== undefined)
  const earlier = identity.replace(/\d+$/, (ticks) => String(Number(ticks) - 1))
  const run = { id: 1, pid: stranger, identity: earlier }
  assert.deepEqual(findOutlived('/no/such.db', [run]), [])
  assert.deepEqual(findOutlived('/no/such.db', [{ ...run, identity: undefined }]), [])
  const otherBoot = identity.replace(/^[0-9a-f]{8}/, '00000000')
  assert.deepEqual(findOutlived('/no/such.db', [{ ...run, identity: otherBoot }]), [])
})

test(
  'what a script left in the background is not taken for the script',
  { skip },
  async (context) => {
    const fixture = new RunFixture(context, 'setsid sleep 60 & echo $!; sleep 60 & echo $!')
    await fixture.perform('sync', [event('a')])
    const background = fixture.lines.map(Number)
    try {
      assert.ok(background.every((pid) => identityOf(pid) !== undefined))
      assert.deepEqual(findOutlived(fixture.path('clsync.db'), []), [])
    } finally {
      for (const pid of background) process.kill(pid)
    }
  },
)

test('a zombie has ended', { skip }, async (context) => {
  const parent = spawn('bash', ['-c', 'sleep 60 & echo $!; exec sleep 60'])
  context.after(() => parent.kill('SIGKILL'))
  const [line] = await once(createInterface(parent.stdout), 'line')
  // From here on the parent fetches no exit statuses.
  await eventually(
    () => nameOf(parent.pid) === 'sleep',
    () => 'bash never became sleep',
  )
  const pid = Number(line)
  const identity = identityOf(pid)
  assert.ok(identity !== undefined && isRunning(pid, identity))
  process.kill(pid, 'SIGKILL')
  await eventually(
    () => !isRunning(pid, identity),
    () => 'the zombie counts as running',
  )
  assert.equal(identityOf(pid), identity)
  await waitUntilEnded(pid, identity)
})

test('waiting for a process that is gone, or another, ends at once', async () => {
  await waitUntilEnded(process.pid, 'another boot/1')
  await waitUntilEnded(2 ** 22 + 1, 'any')
})

function nameOf(pid: number | undefined): string {
  return readFileSync(`/proc/${pid}/comm`, 'latin1').trim()
}
