import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openQueue } from '../support/delivery-rig.ts'
import { settled } from '../support/simulated-clock.ts'
import { begin, COLLECT, COMMON, DAY, HOUR, MINUTE, SECOND, SLOW } from './world.ts'

test('stop hands over no more, and resolves when the runs in progress are settled', async (t) => {
  const { rig, clock } = begin(t, { ...SLOW, jobs: 2 })
  await rig.hint(['a', 'b', 'c'])
  await clock.advance(1)
  assert.equal(rig.scheduler.running, 2)
  let stopped = false
  const stopping = rig.scheduler.stop().then(() => (stopped = true))
  await clock.advance(5 * SECOND)
  assert.equal(stopped, false)
  await clock.advance(5 * SECOND)
  assert.equal(stopped, true)
  await stopping
  rig.scheduler.release()
  rig.scheduler.poke()
  await clock.advance(HOUR)
  assert.equal(rig.runs.length, 2)
  assert.equal(rig.queue.events.total(), 1)
  assert.deepEqual(rig.errors, [])
})

test('a run that fails while all stops leaves no trace of it', async (t) => {
  const { rig, clock, path } = begin(t, {
    ...SLOW,
    script: { takesMs: () => HOUR, ends: () => ({ type: 'fails' }) },
  })
  await rig.hint(['a'])
  await clock.advance(1)
  const stopping = rig.scheduler.stop()
  rig.delivery.terminate()
  await stopping
  await rig.queue.close()
  const queue = openQueue(path, clock)
  const from = { state: 'pending', sizeClass: 'ordinary', firstSeenUntil: Infinity } as const
  assert.deepEqual(
    queue.events.candidates(from, 1, 0).map(({ path: each, attempts }) => [each, attempts]),
    [['a', 0]],
  )
  queue.abandon()
})

for (const way of ['stop', 'hold'] as const) {
  test(`what is claimed while ${way} comes is put back, and not begun`, async (t) => {
    const { rig, clock } = begin(t, SLOW)
    // The write before it makes the claim wait.
    const before = rig.queue.write(() => undefined)
    const hinted = rig.hint(['a'])
    await hinted
    rig.scheduler.poke()
    const ended = way === 'stop' ? rig.scheduler.stop() : rig.scheduler.hold()
    await before
    await ended
    await settled()
    await clock.advance(HOUR)
    assert.equal(rig.runs.length, 0)
    assert.equal(rig.queue.events.oldest('ordinary') !== undefined, true, 'it is pending again')
    rig.scheduler.release()
    await clock.advance(MINUTE)
    assert.equal(rig.runs.length, way === 'stop' ? 0 : 1)
  })
}

test('hold hands over no more until release; runs in progress go on', async (t) => {
  const { rig, clock } = begin(t, { ...SLOW, jobs: 1 })
  await rig.hint(['a', 'b'])
  await clock.advance(1)
  rig.scheduler.hold()
  await clock.advance(HOUR)
  assert.deepEqual(
    rig.runs.map(({ ending }) => ending?.type),
    ['succeeds'],
  )
  rig.scheduler.release()
  await clock.advance(MINUTE)
  assert.equal(rig.runs.length, 2)
})

test('while the watch directory is gone nothing is claimed, and parts are kept (P6)', async (t) => {
  let isThere = true
  let fails = true
  const { rig, clock } = begin(t, {
    rootIsThere: () => isThere,
    script: { takesMs: () => 1, ends: () => ({ type: fails ? 'fails' : 'succeeds' }) },
  })
  await rig.hint(['a', 'b'])
  await clock.advance(46 * SECOND)
  isThere = false
  await clock.advance(HOUR)
  const runs = rig.runs.length
  isThere = true
  fails = false
  rig.scheduler.poke()
  await clock.advance(HOUR)
  assert.equal(rig.runs.length, runs + 1)
  assert.equal(rig.queue.events.total(), 0)
})

test('after it was abandoned it touches nothing, whatever is still under way', async (t) => {
  const { rig, clock } = begin(t, { ...SLOW, jobs: 2 })
  await rig.hint(['a', 'b', 'c'])
  await clock.advance(1)
  rig.crash()
  await clock.advance(HOUR)
  assert.deepEqual(rig.errors, [])
})

test('a part of which only some paths are free is not forgotten', async (t) => {
  let fails = true
  const { rig, clock } = begin(t, {
    ...SLOW,
    jobs: 2,
    batchLimit: 100,
    script: {
      takesMs: (paths) => (paths.includes('d') ? HOUR : 10),
      ends: () => ({ type: fails ? 'fails' : 'succeeds' }),
    },
  })
  await rig.hint(['d/a', 'd/b', 'x'])
  await clock.advance(20)
  fails = false
  await rig.hint(['d'])
  await clock.advance(HOUR + MINUTE)
  assert.equal(rig.queue.events.total(), 0)
  assert.deepEqual(rig.errors, [])
})

test('parts whose events somebody deleted are forgotten, and an outage with them', async (t) => {
  const { rig, clock } = begin(t, {
    script: {
      takesMs: () => 1,
      ends: (paths) => ({ type: paths.includes('ok') ? 'succeeds' : 'fails' }),
    },
  })
  await rig.hint(['a', 'b', 'c', 'd'])
  await clock.advance(HOUR)
  assert.ok(rig.scheduler.isOutage)
  const from = Array.from({ length: 9 }, (_, part) => ({ state: 'suspect', part }) as const)
  await rig.queue.write(() => {
    const all = from.flatMap((each) => rig.queue.events.candidates(each, 10, 0))
    rig.queue.events.claim(all, 999)
    rig.queue.events.acknowledge(999)
  })
  assert.equal(rig.queue.events.total(), 0)
  await clock.advance(2 * HOUR)
  assert.ok(!rig.scheduler.isOutage)
  const since = clock.now()
  await rig.hint(['ok'])
  await clock.advance(MINUTE)
  assert.equal((rig.runs.at(-1)?.startedAt ?? 0) - since, COLLECT + COMMON)
})

test('paths that a script names wait alone, the others are done', async (t) => {
  let named = ['bad']
  const { rig, clock } = begin(t, {
    script: {
      takesMs: () => 1,
      ends: (paths) => ({
        type: 'names',
        failed: named.filter((path) => paths.includes(path)),
        exitCode: 3,
      }),
    },
  })
  await rig.hint(['bad', 'good'])
  await clock.advance(46 * SECOND)
  assert.deepEqual(rig.isolated, ['bad'])
  assert.equal(rig.queue.events.total(), 1)
  assert.equal(rig.runs.length, 1)
  named = []
  await clock.advance(MINUTE)
  assert.deepEqual(rig.runs[1]?.paths, ['bad'])
})

test('what is left of a part is tried again, although a run of some of it was put back', async (t) => {
  let isDown = true
  const { rig, clock } = begin(t, {
    script: { takesMs: () => MINUTE, ends: () => ({ type: isDown ? 'fails' : 'succeeds' }) },
  })
  await rig.hint([...'abcdefgh'])
  assert.ok(await clock.advanceUntil(() => rig.scheduler.isOutage, HOUR))
  assert.ok(await clock.advanceUntil(() => rig.scheduler.running === 1, HOUR))
  rig.scheduler.hold()
  await clock.advance(HOUR)
  assert.equal(rig.runs.at(-1)?.ending?.type, 'fails')
  isDown = false
  rig.scheduler.release()
  assert.ok(await clock.advanceUntil(() => rig.queue.events.total() === 0, DAY))
})
