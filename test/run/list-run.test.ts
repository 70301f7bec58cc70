import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { test } from 'node:test'

import { eventually } from '../support/eventually.js'
import { event, RunFixture } from '../support/run-fixture.js'

/** Writes each call as one line, and the list after it. */
const RECORD = String.raw`printf '%q ' "$@" >> "$T/calls"; echo >> "$T/calls"
if [ "$1" = synclist ]; then cat "$3" >> "$T/calls"; fi`

function callsOf(fixture: RunFixture): readonly string[] {
  const calls = fixture.read('calls').toString().split('\n').slice(0, -1)
  return calls.map((line) => line.replace(/ \S*\/clsync-\S+\.list/, ' LIST').trimEnd())
}

test('a list is handed over complete, and gone after the run', async (context) => {
  for (const code of [0, 1]) {
    const fixture = new RunFixture(context, `${RECORD}\nexit ${code}`)
    const outcome = await fixture.perform('synclist', [event('a', 8), event('b c', 0x200)])
    assert.equal(outcome.exitCode, code)
    const expected = [
      'synclist nolabel LIST',
      'sync nolabel 8 /watched/a',
      'sync nolabel 512 /watched/b c',
    ]
    assert.deepEqual(callsOf(fixture), expected)
    assert.deepEqual(fixture.ownFiles(), [])
  }
})

test('a path that the list cannot carry goes as a sync run of the same batch', async (context) => {
  const fixture = new RunFixture(context, RECORD)
  const outcome = await fixture.perform('synclist', [event('a'), event('x\ny'), event('b')])
  assert.equal(outcome.succeeded, true)
  assert.deepEqual(callsOf(fixture), [
    'synclist nolabel LIST',
    'sync nolabel 256 /watched/a',
    'sync nolabel 256 /watched/b',
    String.raw`sync nolabel 256 $'/watched/x\ny'`,
  ])
  assert.equal(fixture.spawned.length, 2)
})

test('who lets go of a run ends the call in progress by nothing, and no other one begins', async (context) => {
  const fixture = new RunFixture(context, `${RECORD}\nuntil [ -e "$T/go" ]; do sleep .01; done`)
  const handle = fixture.start({ id: 7, kind: 'synclist', attempt: 1 }, [event('a'), event('x\ny')])
  await eventually(
    () => fixture.spawned.length === 1,
    () => 'no call',
  )
  handle.letGo()
  fixture.touch('go')
  assert.equal((await handle.outcome).succeeded, false)
  assert.equal(callsOf(fixture).length, 2)
})

test('an empty list is never handed over', async (context) => {
  const fixture = new RunFixture(context, RECORD)
  const outcome = await fixture.perform('synclist', [event('x\ny')])
  assert.equal(outcome.succeeded, true)
  assert.deepEqual(callsOf(fixture), [String.raw`sync nolabel 256 $'/watched/x\ny'`])
})

test('a list that fails as a whole ends the run', async (context) => {
  const fixture = new RunFixture(context, `${RECORD}\n[ "$1" != synclist ]`)
  const outcome = await fixture.perform('synclist', [event('a'), event('x\ny')])
  assert.deepEqual([outcome.succeeded, outcome.failedPaths], [false, []])
  assert.equal(fixture.spawned.length, 1)
})

test('a path left over that fails is a failed path, as are those not come to', async (context) => {
  const fixture = new RunFixture(context, `${RECORD}\n[[ "$4" != *bad* ]] || exit 5`)
  const events = ['a', '1\n', 'bad\n', '2\n'].map((path) => event(path))
  const outcome = await fixture.perform('synclist', events)
  assert.deepEqual([outcome.succeeded, outcome.why], [false, 'exit code 5'])
  assert.deepEqual(outcome.failedPaths, ['bad\n', '2\n'])
})

test('paths named by each call are joined', async (context) => {
  const body = `case $1 in synclist) echo /watched/a;; sync) echo "$4";; esac > "$CLSYNC_FAILED"`
  const fixture = new RunFixture(context, `${body}; [ $1 = sync ]`)
  const outcome = await fixture.perform(
    'synclist',
    ['a', 'b', 'x\ny'].map((path) => event(path)),
  )
  assert.deepEqual([outcome.succeeded, outcome.why], [false, 'exit code 1'])
  assert.deepEqual(outcome.failedPaths, ['a', 'x\ny'])
})

test('a directory for lists that cannot be used is a failed run with its own words', async (context) => {
  const fixture = new RunFixture(context, 'exit 0')
  const listsDir = fixture.path('lists')
  for (const kind of ['sync', 'synclist'] as const) {
    const outcome = await fixture.perform(kind, [event('a')], { listsDir })
    assert.equal(outcome.succeeded, false)
    assert.match(
      outcome.why,
      /^cannot (write the list|create the file) .*: ENOENT$|for failed paths/,
    )
    assert.match(outcome.hint ?? '', /the directory is gone/)
  }
  mkdirSync(listsDir)
  chmodSync(listsDir, 0o500)
  if (process.getuid?.() === 0) context.diagnostic('root may write anywhere: EACCES not tried')
  else {
    const outcome = await fixture.perform('synclist', [event('a')], { listsDir })
    assert.match(outcome.why, /EACCES$/)
  }
  rmSync(listsDir, { recursive: true })
  assert.deepEqual(fixture.spawned, [])
})
