import assert from 'node:assert/strict'
import { test } from 'node:test'

import { IN_CREATE, IN_DELETE } from '../../dist/model/mask.js'
import type { BytePath } from '../../dist/model/glossary.js'
import type { DeleteLimit } from '../../dist/options.js'
import { Recording } from '../support/recording.ts'
import { directory, file, gone } from '../support/sightings.ts'

const HALF: DeleteLimit = { unit: 'percent', limit: 50 }

/** A catalogue of directory `d` with `inside` files, and `beside` files beside it. */
async function tree(recording: Recording, inside: number, beside: number): Promise<void> {
  await recording.hints('', directory('d'), ...files('beside', beside))
  await recording.hints('d', ...files('inside', inside))
  await recording.deliverAll()
}

function files(name: string, count: number): ReturnType<typeof file>[] {
  return Array.from({ length: count }, (_, index) => file(`${name}${index}`))
}

async function judge(recording: Recording, limit: DeleteLimit): Promise<unknown> {
  return recording.queue.write(() => recording.queue.held.judge(limit, recording.clock.now()))
}

test('deletions within the limit are let go, when the comparison is complete', async (t) => {
  const recording = new Recording(t)
  await tree(recording, 900, 1_000)
  await recording.begin('')
  await recording.lists('', ...files('beside', 1_000))
  assert.deepEqual(recording.events(), { d: 'DELETE|ISDIR held' })
  assert.equal(recording.entries().size, 1_901, 'the catalogue still has it')
  const verdict = await judge(recording, HALF)
  assert.deepEqual(verdict, { verdict: 'released', count: 901, of: 1_901 })
  assert.deepEqual(recording.events(), { d: 'DELETE|ISDIR' })
  assert.equal(recording.entries().size, 1_000)
})

test('more than the limit are held, with all that is below counted', async (t) => {
  const recording = new Recording(t)
  await tree(recording, 1_001, 1_000)
  await recording.begin('')
  await recording.lists('', ...files('beside', 1_000))
  const verdict = await judge(recording, HALF)
  assert.deepEqual(verdict, { verdict: 'held', count: 1_002, of: 2_002 })
  assert.deepEqual(recording.events(), { d: 'DELETE|ISDIR held' })
  const claimed = recording.queue.events.candidates(
    { state: 'pending', sizeClass: 'ordinary', firstSeenUntil: Infinity },
    10,
    0,
  )
  assert.deepEqual(claimed, [], 'nobody is handed a held deletion')
})

test('a small catalogue is not braked by percentage, but by number', async (t) => {
  const recording = new Recording(t)
  await tree(recording, 500, 0)
  await recording.begin('')
  await recording.lists('')
  assert.deepEqual(await judge(recording, { unit: 'entries', limit: 500 }), {
    verdict: 'held',
    count: 501,
    of: 501,
  })
  assert.deepEqual(await judge(recording, HALF), { verdict: 'released', count: 501, of: 501 })
})

test('a comparison without deletions judges nothing', async (t) => {
  const recording = new Recording(t)
  await tree(recording, 1, 1)
  await recording.begin('')
  assert.equal(await judge(recording, HALF), undefined)
})

test('what comes back is not held any more', async (t) => {
  const recording = new Recording(t)
  await tree(recording, 10, 3)
  await recording.begin('')
  await recording.lists('')
  await judge(recording, { unit: 'entries', limit: 0 })
  assert.equal(Object.keys(recording.events()).length, 4)
  await recording.hints('', file('beside0'), file('beside1', { size: 1, mask: IN_CREATE }))
  await recording.hints('', gone('beside2', IN_DELETE))
  assert.deepEqual(recording.events(), {
    beside1: 'CREATE',
    beside2: 'DELETE',
    d: 'DELETE|ISDIR held',
  })
  await recording.begin('')
  await recording.lists('', directory('d'), file('beside0'), file('beside1', { size: 1 }))
  await recording.lists('d', ...files('inside', 10))
  await recording.finish()
  assert.deepEqual(Object.keys(recording.events()), ['beside1', 'beside2'])
})

test('the next comparison finds them again, and may let them go', async (t) => {
  const recording = new Recording(t)
  await tree(recording, 10, 0)
  await recording.begin('')
  await recording.lists('')
  await judge(recording, { unit: 'entries', limit: 1 })
  await recording.begin('')
  assert.deepEqual(recording.events(), {})
  await recording.lists('')
  await judge(recording, { unit: 'percent', limit: 100 })
  assert.deepEqual(recording.events(), { d: 'DELETE|ISDIR' })
  assert.deepEqual(recording.paths(), [])
})

test('a comparison of a part leaves what is held elsewhere', async (t) => {
  const recording = new Recording(t)
  await tree(recording, 3, 0)
  await recording.hints('', directory('e'))
  await recording.hints('e', file('x'))
  await recording.deliverAll()
  await recording.begin('')
  await recording.record((writer) => {
    writer.directory('', 1)
    writer.sighting(directory('d'))
    writer.sighting(directory('e'))
    writer.directory('d', 1)
    writer.directory('e', 1)
  })
  await judge(recording, { unit: 'entries', limit: 0 })
  await recording.begin('e')
  await recording.lists('e', file('x'))
  await judge(recording, { unit: 'entries', limit: 0 })
  assert.deepEqual(Object.keys(recording.events()), ['d/inside0', 'd/inside1', 'd/inside2'])
})

test('a path that has an event anyway is not held: that will show that it is gone', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', file('f', { mask: IN_CREATE }))
  await recording.begin('')
  await recording.lists('')
  assert.deepEqual(recording.events(), { f: 'CREATE|DELETE' })
  assert.deepEqual(recording.paths(), [])
})

/** A comparison holds the deletion of `d/x`. */
async function holdInside(recording: Recording): Promise<void> {
  await recording.hints('', directory('d'))
  await recording.hints('d', file('x'), file('y'))
  await recording.deliverAll()
  await recording.begin('')
  await recording.lists('', directory('d'))
  await recording.lists('d', file('y'))
  await recording.finish(0)
  assert.deepEqual(recording.events(), { 'd/x': 'DELETE held' })
}

test('a held deletion is told when another directory is where it was held', async (t) => {
  const recording = new Recording(t)
  await holdInside(recording)
  await recording.clock.advance(5_000)
  await recording.record((writer) => writer.renamed('d', 'bad'))
  await recording.hints('', directory('d', { mask: IN_CREATE, ino: 99 }))
  await recording.hints('d', file('y', { mask: IN_CREATE, ino: 98 }))
  assert.equal(recording.events()['d/x'], 'DELETE')
  const { queue, clock } = recording
  const from = { state: 'pending', sizeClass: 'ordinary' } as const
  const until = (firstSeenUntil: number): BytePath[] =>
    queue.events.candidates({ ...from, firstSeenUntil }, 10, 0).map(({ path }) => path)
  assert.deepEqual(until(clock.now() - 1), [], 'it waits from now on')
  assert.ok(until(clock.now()).includes('d/x'))
  await recording.begin('')
  assert.equal(recording.events()['d/x'], 'DELETE', 'the next comparison does not forget it')
})

test('a held deletion is told when the same goes from where the directory moved', async (t) => {
  const recording = new Recording(t)
  await holdInside(recording)
  await recording.record((writer) => writer.renamed('d', 'moved'))
  await recording.hints('moved', gone('x', IN_DELETE))
  assert.equal(recording.events()['d/x'], 'DELETE')
  assert.equal(recording.events()['moved/x'], 'DELETE')
})

test('nothing is held below a directory that went and was told', async (t) => {
  const recording = new Recording(t)
  await holdInside(recording)
  await recording.hints('', gone('d', IN_DELETE))
  assert.equal(await judge(recording, HALF), undefined)
  assert.equal(recording.queue.held.any, false)
  assert.deepEqual(recording.events(), { d: 'DELETE|ISDIR' })
})
