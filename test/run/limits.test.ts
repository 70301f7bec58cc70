import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'

import { isGroupAtWork } from '../../dist/run/process-group.js'
import { eventually } from '../support/eventually.js'
import { event, RunFixture } from '../support/run-fixture.js'

const ONE = [event('a')]
/** Until then a script has set its traps. */
const LONG_MS = 3_000
const RUN = { id: 7, kind: 'sync', attempt: 1 } as const

test('a run that takes too long is ended and counts as failed', async (context) => {
  const fixture = new RunFixture(context, 'sleep 60')
  const outcome = await fixture.perform('sync', ONE, { timeoutMs: 100 })
  assert.deepEqual([outcome.succeeded, outcome.why], [false, 'timed out after 0.1 s'])
  assert.equal(outcome.signal, 'SIGTERM')
})

test('a run that ends in time is not touched by its limit', async (context) => {
  const fixture = new RunFixture(context, 'exit 0')
  const outcome = await fixture.perform('sync', ONE, { timeoutMs: 60_000 })
  assert.equal(outcome.succeeded, true)
})

test('a script that ignores SIGTERM is killed after the grace, with all it started', async (context) => {
  const body = "trap '' TERM; sleep 60 & sleep 60 & echo up; while :; do wait; done"
  const fixture = new RunFixture(context, body)
  const outcome = await fixture.perform('sync', ONE, { timeoutMs: LONG_MS, killGraceMs: 100 })
  assert.deepEqual([outcome.succeeded, outcome.signal], [false, 'SIGKILL'])
  assert.equal(outcome.why, 'timed out after 3 s')
  await assertGroupIsGone(fixture)
})

test('exit 0 after the limit does not make it a success', async (context) => {
  const fixture = new RunFixture(context, "trap 'exit 0' TERM; sleep 60 & wait")
  const outcome = await fixture.perform('sync', ONE, { timeoutMs: LONG_MS })
  assert.deepEqual([outcome.succeeded, outcome.exitCode], [false, 0])
})

test('a run that was ended is over only when what it started is over', async (context) => {
  const body = `(trap 'sleep 0.3; touch "$T/cleaned"; exit' TERM; echo up; sleep 60 & wait) & wait`
  const fixture = new RunFixture(context, body)
  const { outcome, terminate } = fixture.start(RUN, ONE)
  await isUp(fixture)
  terminate()
  const { succeeded, why } = await outcome
  assert.deepEqual([succeeded, why], [false, 'ended by the daemon (killed by SIGTERM)'])
  assert.ok(existsSync(fixture.path('cleaned')))
  await assertGroupIsGone(fixture)
})

test('what ignores SIGTERM in the background is killed after the grace', async (context) => {
  const fixture = new RunFixture(context, "(trap '' TERM; echo up; sleep 60; sleep 60) & wait")
  const { outcome, terminate } = fixture.start(RUN, ONE, { killGraceMs: 200 })
  await isUp(fixture)
  terminate()
  await outcome
  await assertGroupIsGone(fixture)
})

test('a run that is ended while its list is written never calls the script', async (context) => {
  const fixture = new RunFixture(context, 'exit 0')
  const { outcome, terminate } = fixture.start({ ...RUN, kind: 'synclist' }, ONE)
  terminate()
  assert.match((await outcome).why, /before the script began/)
  assert.deepEqual(fixture.spawned, [])
  assert.deepEqual(fixture.ownFiles(), [])
})

async function isUp(fixture: RunFixture): Promise<void> {
  await eventually(
    () => fixture.lines.includes('up'),
    () => 'the script never said that it is up',
  )
}

async function assertGroupIsGone(fixture: RunFixture): Promise<void> {
  for (const { pid } of fixture.spawned)
    await eventually(
      () => !isGroupAtWork(pid),
      () => `group ${pid} is still at work`,
    )
}
