import assert from 'node:assert/strict'
import { test } from 'node:test'

import { IN_DELETE } from '../../dist/model/mask.js'
import type { BytePath } from '../../dist/model/glossary.js'
import type { Owing } from '../../dist/queue/owed.js'
import { openQueue } from '../support/delivery-rig.ts'
import { Recording } from '../support/recording.ts'
import { directory, file, gone } from '../support/sightings.ts'

function owe(
  { queue }: Recording,
  owing: Partial<Owing> & { readonly path: BytePath },
  begun?: BytePath,
): Promise<boolean> {
  return queue.write(() => queue.owed.owe({ reason: 'overflow', now: 1, ...owing }, begun))
}

function owedPaths({ queue }: Recording): BytePath[] {
  return queue.owed.all().map(({ path }) => path)
}

test('a debt that a larger one includes is not made, and smaller ones go', async (t) => {
  const recording = new Recording(t)
  assert.ok(await owe(recording, { path: 'a/b' }))
  assert.ok(await owe(recording, { path: 'ab' }))
  assert.ok(await owe(recording, { path: 'a/b/c', tellAll: true }))
  assert.ok(!(await owe(recording, { path: 'a/b/x' })))
  assert.ok(await owe(recording, { path: 'a' }))
  assert.deepEqual(owedPaths(recording), ['ab', 'a/b/c', 'a'])
  assert.ok(await owe(recording, { path: '', tellAll: true }))
  assert.deepEqual(owedPaths(recording), [''])
  assert.ok(!(await owe(recording, { path: '\xff\xff', tellAll: true })))
})

test('debts below a directory end where its neighbours begin', async (t) => {
  const recording = new Recording(t)
  for (const path of ['a', 'a-', 'a.b', 'a/x', 'a0', 'aa', '\xff']) await owe(recording, { path })
  await recording.queue.write(() => recording.queue.owed.settle('a', 1))
  await owe(recording, { path: 'a' })
  assert.deepEqual(owedPaths(recording).toSorted(), ['a', 'a-', 'a.b', 'a0', 'aa', '\xff'])
})

test('what is being compared just now includes nothing new', async (t) => {
  const recording = new Recording(t)
  await owe(recording, { path: '' })
  assert.ok(await owe(recording, { path: 'late' }, ''))
  assert.ok(await owe(recording, { path: '' }, 'late'))
  assert.deepEqual(owedPaths(recording), ['', 'late'], 'the one under way stays')
  assert.equal(recording.queue.owed.find('')?.generation, 2)
})

test('a debt made again meanwhile is not paid', async (t) => {
  const recording = new Recording(t)
  const { queue } = recording
  await owe(recording, { path: 'a' })
  await owe(recording, { path: 'a', reason: 'audit' }, 'a')
  assert.equal(await queue.write(() => queue.owed.settle('a', 1)), false)
  assert.equal(queue.owed.find('a')?.reason, 'audit')
  assert.equal(await queue.write(() => queue.owed.settle('a', 2)), true)
  assert.equal(queue.owed.find('a'), undefined)
})

test('a silent debt does not silence one that would tell', async (t) => {
  const recording = new Recording(t)
  await owe(recording, { path: '', silentBefore: 500 })
  assert.ok(await owe(recording, { path: 'moved in' }), 'its names may have an old ctime')
  assert.ok(!(await owe(recording, { path: 'sub', silentBefore: 600 })))
  assert.ok(await owe(recording, { path: 'sub', silentBefore: 400 }))
  await owe(recording, { path: '', silentBefore: 700 })
  assert.deepEqual(owedPaths(recording).toSorted(), ['', 'moved in', 'sub'])
  assert.equal(recording.queue.owed.find('')?.silentBefore, 500, 'what came since is told')
  await owe(recording, { path: '' })
  assert.equal(recording.queue.owed.find('')?.silentBefore, undefined)
  assert.deepEqual(owedPaths(recording), [''])
})

test('a debt that tells all goes on telling all when it is made again', async (t) => {
  const recording = new Recording(t)
  await owe(recording, { path: 'a', tellAll: true, now: 5 })
  await owe(recording, { path: 'a', now: 9 })
  assert.equal(recording.queue.owed.find('a')?.tellAll, true)
  assert.equal(recording.queue.owed.oldestAt, 5)
})

test('a debt after an unwatched run stays one, and none without takes its place', async (t) => {
  const recording = new Recording(t)
  await owe(recording, { path: 'a' })
  assert.ok(await owe(recording, { path: 'a/b', unwatchedRun: true }))
  await owe(recording, { path: 'a', reason: 'overflow' })
  assert.deepEqual(owedPaths(recording).toSorted(), ['a', 'a/b'])
  await owe(recording, { path: 'a', unwatchedRun: true })
  await owe(recording, { path: 'a', reason: 'overflow' })
  assert.deepEqual(owedPaths(recording), ['a'])
  assert.equal(recording.queue.owed.find('a')?.unwatchedRun, true)
})

test('hints know what is owed above them', async (t) => {
  const recording = new Recording(t)
  await owe(recording, { path: 'a/b' })
  const { owed } = recording.queue
  assert.deepEqual(
    ['a/b', 'a/b/c/d', 'a', 'a/bb', ''].map((path) => owed.covers(path)),
    [true, true, false, false, false],
  )
})

test('debts survive, and memory follows the table after a rollback', async (t) => {
  const recording = new Recording(t)
  const { queue } = recording
  await owe(recording, { path: 'kept', tellAll: true, silentBefore: 3, unwatchedRun: true })
  const failed = queue.write(() => {
    queue.owed.owe({ path: '', reason: 'start', now: 1 }, undefined)
    throw new Error('thrown to roll back')
  })
  await assert.rejects(failed, /roll back/)
  assert.deepEqual(owedPaths(recording), ['kept'])
  const before = queue.owed.find('kept')
  queue.abandon()
  const again = openQueue(recording.path, recording.clock)
  assert.deepEqual(again.owed.find('kept'), before)
  again.abandon()
})

test('ten thousand debts are made in the time of a few', async (t) => {
  const recording = new Recording(t)
  const { queue } = recording
  const before = process.cpuUsage()
  await queue.write(() => {
    for (let index = 0; index < 10_000; index++) {
      queue.owed.owe({ path: `d${index}`, reason: 'directory new', now: 1 }, undefined)
    }
  })
  const tookMs = process.cpuUsage(before).user / 1_000
  t.diagnostic(`${Math.round(tookMs)} ms`)
  assert.ok(tookMs < 3_000, `${tookMs} ms`)
  assert.equal(owedPaths(recording).length, 10_000)
})

test('a directory that went is remembered as long as the oldest of very many debts', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d'))
  await recording.hints('d', file('f'))
  await recording.hints('', gone('d', IN_DELETE))
  recording.reader.exec(`
    UPDATE ghost SET told_at = 1;
    INSERT INTO reconcile (path, reason, owed_at, generation, tell_all)
    WITH RECURSIVE debt (number) AS (VALUES (1) UNION ALL SELECT number + 1 FROM debt LIMIT 150000)
    SELECT 'x' || number, 'directory new', number, 1, 0 FROM debt
  `)
  const ghosts = recording.reader.prepare('SELECT count(*) FROM ghost').pluck()
  recording.reopen()
  await recording.queue.tidy(Number.MAX_SAFE_INTEGER)
  assert.equal(ghosts.get(), 1)
  recording.reader.exec('DELETE FROM reconcile')
  await recording.queue.tidy(Number.MAX_SAFE_INTEGER)
  assert.equal(ghosts.get(), 0)
})
