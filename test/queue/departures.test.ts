import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { IN_CLOSE_WRITE, IN_CREATE, IN_DELETE } from '../../dist/model/mask.js'
import type { ReconcileReason } from '../../dist/model/glossary.js'
import { Recording } from '../support/recording.ts'
import { file, gone } from '../support/sightings.ts'

/** All bits of a file that comes and goes between two looks. */
const BLINK = IN_CREATE | IN_CLOSE_WRITE | IN_DELETE

/** A file was told and is gone; a run that is told so has begun. */
async function departing(t: TestContext): Promise<Recording> {
  const recording = new Recording(t)
  await recording.hints('', file('x', { mask: IN_CREATE }), file('y', { mask: IN_CREATE }))
  await claimAll(recording, 1)
  await acknowledge(recording, 1)
  await recording.hints('', gone('x', IN_DELETE))
  await claimAll(recording, 2)
  return recording
}

async function claimAll({ queue }: Recording, run: number): Promise<void> {
  const from = { state: 'pending', sizeClass: 'ordinary', firstSeenUntil: Infinity } as const
  await queue.write(() => queue.events.claim(queue.events.candidates(from, 100, 0), run))
}

async function acknowledge({ queue, clock }: Recording, run: number): Promise<void> {
  await queue.write(() => queue.acknowledge(run, clock.now()))
}

async function owe({ queue, clock }: Recording, reason: ReconcileReason): Promise<void> {
  await queue.write(() => queue.owe({ path: '', reason, now: clock.now() }, undefined))
}

test('what was there for a moment while a script was told that it is gone is told again', async (t) => {
  const recording = await departing(t)
  await recording.hints('', gone('x', BLINK))
  await acknowledge(recording, 2)
  assert.deepEqual(recording.events(), { x: 'CLOSE_WRITE|CREATE|DELETE' })
})

test('so it is when the hint comes after the run', async (t) => {
  const recording = await departing(t)
  await acknowledge(recording, 2)
  assert.deepEqual(recording.events(), {})
  await recording.hints('', gone('x', BLINK), gone('z', BLINK))
  assert.deepEqual(recording.events(), { x: 'CLOSE_WRITE|CREATE|DELETE' }, 'nobody knows z')
})

test('when hints are lost, all is told again that scripts were just told is gone', async (t) => {
  for (const reason of ['overflow', 'resumed'] as const) {
    const recording = await departing(t)
    await owe(recording, reason)
    await acknowledge(recording, 2)
    assert.deepEqual(recording.events(), { x: 'DELETE' }, 'lost during the run')
    await claimAll(recording, 3)
    await acknowledge(recording, 3)
    await owe(recording, reason)
    assert.deepEqual(recording.events(), { x: 'DELETE' }, 'lost after the run')
  }
})

test('comparisons that are made as a matter of routine tell nothing again', async (t) => {
  const recording = await departing(t)
  await acknowledge(recording, 2)
  for (const reason of ['start', 'audit', 'polled'] as const) await owe(recording, reason)
  assert.deepEqual(recording.events(), {})
})

test('what is back is not told as gone', async (t) => {
  const recording = await departing(t)
  await acknowledge(recording, 2)
  await recording.hints('', file('x', { mask: IN_CREATE }))
  await claimAll(recording, 3)
  await acknowledge(recording, 3)
  await owe(recording, 'overflow')
  assert.deepEqual(recording.events(), {})
})

test('a minute later nobody remembers', async (t) => {
  const recording = await departing(t)
  const { queue, clock } = recording
  await acknowledge(recording, 2)
  await clock.advance(61_000)
  await queue.tidy(clock.now())
  await recording.hints('', gone('x', BLINK))
  await owe(recording, 'overflow')
  assert.deepEqual(recording.events(), {})
  assert.deepEqual(recording.reader.prepare('SELECT * FROM departure').all(), [])
})
