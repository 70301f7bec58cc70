import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { BytePath } from '../../dist/model/glossary.js'
import { DeliveryRig, openQueue } from '../support/delivery-rig.ts'
import { begin, COLLECT, COMMON, HOUR, MINUTE, SECOND, SLOW, type World } from './world.ts'

/** `seconds: paths` of each run. */
function story({ rig }: World, since: number): string[] {
  return rig.runs.map(
    ({ startedAt, paths }) => `${(startedAt - since) / SECOND}: ${paths.join(' ')}`,
  )
}

test('a batch is handed over collectdelay and commondelay after its first event, with all due', async (t) => {
  const world = begin(t)
  const { rig, clock } = world
  const since = clock.now()
  await rig.hint(['first'])
  await clock.advance(10 * SECOND)
  await rig.hint(['second'])
  await clock.advance(5 * SECOND)
  await rig.hint(['third'])
  await clock.advance(1)
  await rig.hint(['too late'])
  await clock.advance(HOUR)
  assert.deepEqual(story(world, since), ['45: first second third', '60.001: too late'])
})

test('nobody waits longer than collectdelay and commondelay, and load makes one run a commondelay', async (t) => {
  const { rig, clock } = begin(t, {
    script: { takesMs: () => 0, ends: () => ({ type: 'succeeds' }) },
  })
  const seen = new Map<BytePath, number>()
  for (let index = 0; index < 3_000; index++) {
    const path = `f${index}`
    seen.set(path, clock.now())
    await rig.hint([path])
    await clock.advance(337)
  }
  const minutes = (3_000 * 337) / MINUTE
  await clock.advance(MINUTE)
  const waits = rig.runs.flatMap(({ paths, startedAt }) =>
    paths.map((path) => startedAt - (seen.get(path) ?? 0)),
  )
  assert.equal(waits.length, 3_000)
  assert.ok(Math.max(...waits) <= COLLECT + COMMON, `${Math.max(...waits)} ms`)
  assert.ok(Math.min(...waits) >= COLLECT, 'everything has its collect delay')
  t.diagnostic(`${rig.runs.length} runs in ${minutes.toFixed(1)} minutes`)
  assert.ok(rig.runs.length <= minutes * 4 + 2)
})

test('a path that changes all the time is told after its first hint, not after its last', async (t) => {
  const world = begin(t)
  const { rig, clock } = world
  const since = clock.now()
  for (let second = 0; second < 100; second++) {
    await rig.hint(['busy'])
    await clock.advance(SECOND)
  }
  assert.deepEqual(story(world, since), ['45: busy', '90: busy'])
})

test('big files have a delay of their own', async (t) => {
  const world = begin(t)
  const { rig, clock } = world
  const since = clock.now()
  await rig.hint(['big'], 'big')
  await rig.hint(['small'])
  await clock.advance(HOUR)
  assert.deepEqual(story(world, since), ['45: small', '1815: big'])
})

test('delays go on over a restart, however long it took', async (t) => {
  const { rig, clock, path } = begin(t)
  await rig.hint(['a'])
  await clock.advance(20 * SECOND)
  rig.crash()
  clock.restart(0)
  await clock.advance(10 * SECOND)
  const again = new DeliveryRig({
    path,
    clock,
    script: { takesMs: () => 1, ends: () => ({ type: 'succeeds' }) },
  })
  again.scheduler.release()
  const since = clock.now()
  await clock.advance(HOUR)
  assert.equal((again.runs[0]?.startedAt ?? 0) - since, 15 * SECOND)
  await again.stop()
})

test('a clock set back stretches no delay', async (t) => {
  const { rig, clock, path } = begin(t)
  await rig.hint(['a'])
  rig.crash()
  clock.restart(-24 * HOUR)
  const queue = openQueue(path, clock)
  await queue.write(() => queue.events.recover(clock.now(), HOUR))
  await queue.close()
  const again = new DeliveryRig({
    path,
    clock,
    script: { takesMs: () => 1, ends: () => ({ type: 'succeeds' }) },
  })
  again.scheduler.release()
  const since = clock.now()
  await clock.advance(HOUR)
  assert.equal((again.runs[0]?.startedAt ?? 0) - since, COLLECT + COMMON)
  await again.stop()
})

test('a large batch goes in several runs, one after the other, without new delays', async (t) => {
  const world = begin(t, { batchLimit: 10 })
  const { rig, clock } = world
  await rig.hint(Array.from({ length: 25 }, (_, index) => `f${index}`))
  await clock.advance(COLLECT + COMMON + 10 * SECOND)
  assert.deepEqual(
    rig.runs.map(({ paths }) => paths.length),
    [10, 10, 5],
  )
  assert.equal((rig.runs[2]?.startedAt ?? 0) - (rig.runs[0]?.startedAt ?? 0), 200)
})

test('paths of a run come in order, directories before what is in them', async (t) => {
  const { rig, clock } = begin(t)
  await rig.hint(['b/x', 'b', 'a', 'b/x/y', 'b.c'])
  await clock.advance(MINUTE)
  assert.deepEqual(rig.runs[0]?.paths, ['a', 'b', 'b.c', 'b/x', 'b/x/y'])
})

test('runs go in parallel, but never on one path, nor above or below one (P3)', async (t) => {
  const world = begin(t, SLOW)
  const { rig, clock } = world
  const since = clock.now()
  for (const path of ['d', 'd/x', 'e/f/g', 'e', 'd.x', 'z']) {
    await rig.hint([path])
    await clock.advance(1)
  }
  await rig.hint(['z'])
  await clock.advance(MINUTE)
  assert.deepEqual(rig.errors, [])
  const starts = Object.fromEntries(
    story(world, since).map((line) => line.split(': ').toReversed() as [string, string]),
  )
  for (const [above, below] of [
    ['d', 'd/x'],
    ['e/f/g', 'e'],
  ] as const) {
    assert.ok(Number(starts[below]) - Number(starts[above]) >= 10, `${above}, then ${below}`)
  }
  assert.ok(Number(starts['d.x']) < 1, 'a name that only begins alike need not wait')
  assert.equal(rig.runs.filter(({ paths }) => paths[0] === 'z').length, 2)
})

test('the watch directory is above everything', async (t) => {
  const { rig, clock } = begin(t, SLOW)
  await rig.hint(['a', 'b/c'])
  await clock.advance(1)
  await rig.hint([''])
  await clock.advance(1)
  await rig.hint(['d'])
  await clock.advance(5 * SECOND)
  assert.deepEqual(rig.runs.map(({ paths }) => paths[0]).toSorted(), ['a', 'b/c', 'd'])
  await clock.advance(MINUTE)
  assert.equal(rig.runs.at(-1)?.paths[0], '')
})

test('big files, whatever becomes of them, never delay ordinary ones where there are two jobs', async (t) => {
  for (const fails of [false, true]) {
    const { rig, clock } = begin(t, {
      ...SLOW,
      jobs: 2,
      script: {
        takesMs: ([path = '']) => (path.startsWith('big') ? 6 * HOUR : SECOND),
        ends: ([path = '']) => ({ type: fails && path.startsWith('big') ? 'fails' : 'succeeds' }),
      },
    })
    await rig.hint(
      Array.from({ length: 6 }, (_, index) => `big${index}`),
      'big',
    )
    const waits: number[] = []
    for (let hour = 0; hour < 100; hour++) {
      const path = `small${hour}`
      const since = clock.now()
      await rig.hint([path])
      await clock.advance(HOUR)
      const run = rig.runs.find(({ paths }) => paths[0] === path)
      waits.push((run?.startedAt ?? Infinity) - since)
    }
    assert.ok(
      Math.max(...waits) <= 2 * SECOND,
      `${fails ? 'failing' : 'long'}: ${Math.max(...waits)} ms`,
    )
    rig.crash()
  }
})

test('a failing batch and a long run beside it hold nobody up', async (t) => {
  const { rig, clock } = begin(t, {
    jobs: 2,
    script: {
      takesMs: (paths) => (paths.includes('long') ? 12 * HOUR : SECOND),
      ends: (paths) => ({ type: paths.includes('bad') ? 'fails' : 'succeeds' }),
    },
  })
  await rig.hint(['long'], 'big')
  await clock.advance(HOUR)
  await rig.hint(['bad', 'good', 'other'])
  await clock.advance(MINUTE)
  assert.deepEqual(
    rig.runs
      .filter(({ ending }) => ending?.type === 'succeeds')
      .flatMap(({ paths }) => paths)
      .toSorted(),
    ['good', 'other'],
  )
})

test('what failed and cannot be had, since a long run holds it, keeps nothing else that failed waiting', async (t) => {
  let isDown = true
  const { rig, clock } = begin(t, {
    jobs: 2,
    collectDelayMs: { ordinary: COLLECT, big: 0 },
    script: {
      takesMs: (paths) => (paths.includes('d/big') ? 12 * HOUR : SECOND),
      ends: (paths) => ({ type: isDown || paths.includes('bad') ? 'fails' : 'succeeds' }),
    },
  })
  await rig.hint(['d', 'x'])
  await clock.advance(31 * SECOND)
  await rig.hint(['d/big'], 'big')
  await clock.advance(15.5 * SECOND)
  isDown = false
  await clock.advance(MINUTE)
  assert.ok(rig.runs.some(({ paths }) => paths.join() === 'x'))
  await rig.hint(['p', 'q', 'bad'])
  await clock.advance(10 * MINUTE)
  assert.deepEqual(
    rig.runs
      .filter(({ ending }) => ending?.type === 'succeeds')
      .flatMap(({ paths }) => paths)
      .toSorted(),
    ['p', 'q', 'x'],
  )
  await clock.advance(12 * HOUR)
  assert.ok(rig.runs.some(({ paths, ending }) => paths.join() === 'd' && ending !== undefined))
})

test('with one job and more ordinary files than it can do, big ones get their turn', async (t) => {
  const { rig, clock } = begin(t, { ...SLOW, jobs: 1 })
  await rig.hint(['big 1', 'big 2'], 'big')
  for (let second = 0; second < 100; second += 5) {
    await rig.hint([`small ${second}`])
    await clock.advance(5 * SECOND)
  }
  const order = rig.runs.flatMap(({ paths }) => paths)
  assert.ok(order.slice(0, 5).includes('big 2'), order.join())
  assert.ok(order.length < 20, 'more than it can do')
})

test('a path that was isolated gets its turn while batches keep failing', async (t) => {
  const { rig, clock } = begin(t, {
    ...SLOW,
    jobs: 1,
    batchLimit: 100,
    script: {
      takesMs: () => 10 * SECOND,
      ends: (paths) => ({
        type: paths.some((path) => path.startsWith('bad')) ? 'fails' : 'succeeds',
      }),
    },
  })
  for (let round = 0; round < 200; round++) {
    await rig.hint([`bad ${round}`, `good ${round}`])
    await clock.advance(20 * SECOND)
  }
  const tries = rig.runs.filter(({ paths }) => paths.join() === 'bad 0')
  t.diagnostic(`${tries.length} tries of the first, ${rig.runs.length} runs`)
  assert.ok(tries.length > 3, `${tries.length} tries`)
})

test('what falls due after a batch that cannot be had is handed over in its time', async (t) => {
  const { rig, clock } = begin(t, {
    jobs: 4,
    script: {
      takesMs: (paths) => (paths.includes('d/long') ? 12 * HOUR : SECOND),
      ends: () => ({ type: 'succeeds' }),
    },
  })
  await rig.hint(['d/long'])
  await clock.advance(MINUTE)
  await rig.hint(['d'])
  await clock.advance(20 * SECOND)
  await rig.hint(['z'])
  await clock.advance(COLLECT + COMMON)
  assert.deepEqual(rig.runs.at(-1)?.paths, ['z'])
})
