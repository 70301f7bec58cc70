import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Recording } from '../support/recording.ts'
import { DIRECTORY, file, type Look, SYMLINK } from '../support/sightings.ts'

/** Lists these, doubts what was written last, and returns what that was. */
async function doubted(
  recording: Recording,
  looks: Readonly<Record<string, Look>>,
): Promise<readonly string[]> {
  const { queue, clock } = recording
  await recording.lists('', ...Object.entries(looks).map(([name, look]) => file(name, look)))
  await recording.deliverAll()
  const files = await queue.write(() => queue.doubtLastWrites(clock.now()))
  const racy = [...recording.entries()].filter(([, { racy: isRacy }]) => isRacy === 1)
  assert.equal(files, racy.length)
  return racy.map(([path]) => path).toSorted()
}

test('files of the last minute before the last change are doubted', async (t) => {
  const recording = new Recording(t)
  const ctimes = { long: 1_000, just: 1_939.9, within: 1_940.1, last: 2_000 }
  const looks = Object.entries(ctimes).map(([name, ctime]) => [name, { ctime }] as const)
  assert.deepEqual(await doubted(recording, Object.fromEntries(looks)), ['last', 'within'])
})

test('a comparison tells what is doubted as written, once, and nothing else', async (t) => {
  const recording = new Recording(t)
  await doubted(recording, { old: { ctime: 1_000 }, recent: { ctime: 2_000 } })
  const seen = [file('old', { ctime: 1_000 }), file('recent', { ctime: 2_000 })]
  await recording.lists('', ...seen)
  assert.deepEqual(recording.events(), { recent: 'MODIFY|CLOSE_WRITE' })
  await recording.deliverAll()
  await recording.lists('', ...seen)
  assert.deepEqual(recording.events(), {})
})

test('directories and links are not: they are written with their times, or not at all', async (t) => {
  const recording = new Recording(t)
  const looks = { file: {}, directory: { mode: DIRECTORY }, link: { mode: SYMLINK } }
  assert.deepEqual(await doubted(recording, looks), ['file'])
})

test('what a wrong clock dated ahead does not hide the last minute', async (t) => {
  const recording = new Recording(t)
  const now = recording.clock.now() / 1_000
  const looks = {
    ahead: { ctime: now + 86_400 },
    old: { ctime: now - 200 },
    recent: { ctime: now - 110 },
    last: { ctime: now - 100 },
  }
  assert.deepEqual(await doubted(recording, looks), ['ahead', 'last', 'recent'])
})

test('when the clock is behind everything, everything is doubted', async (t) => {
  const recording = new Recording(t)
  const now = recording.clock.now() / 1_000
  const looks = { one: { ctime: now + 1_000 }, other: { ctime: now + 90_000 } }
  assert.deepEqual(await doubted(recording, looks), ['one', 'other'])
})

test('nothing is known, nothing is doubted', async (t) => {
  const { queue } = new Recording(t)
  assert.equal(await queue.write(() => queue.doubtLastWrites(1)), 0)
})
