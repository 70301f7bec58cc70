import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import BetterSqlite3 from 'better-sqlite3'

import type { BytePath } from '../../dist/model/glossary.js'
import { begin, HOUR, MINUTE, SECOND, SLOW, type World } from './world.ts'

/** How long a script takes with a path whose name begins like this; others take ten seconds. */
type Durations = Readonly<Record<string, number>>

function beginWith(t: TestContext, durations: Durations = {}): World {
  const takesMs = ([path = '']: readonly BytePath[]): number => {
    const [, ms = 10 * SECOND] =
      Object.entries(durations).find(([start]) => path.startsWith(start)) ?? []
    return ms
  }
  return begin(t, { ...SLOW, script: { takesMs, ends: () => ({ type: 'succeeds' }) } })
}

function startOf({ rig }: World, path: BytePath): number {
  return rig.runs.find(({ paths }) => paths[0] === path)?.startedAt ?? Infinity
}

/** Hints one new path below `d` every so often, and returns how long each had to wait. */
async function load(world: World, name: string, everyMs: number, forMs: number): Promise<number[]> {
  const { rig, clock } = world
  const hinted = new Map<BytePath, number>()
  for (let spent = 0; spent < forMs; spent += everyMs) {
    const path = `d/${name}${spent}`
    hinted.set(path, clock.now())
    await rig.hint([path])
    await clock.advance(everyMs)
  }
  return [...hinted].map(([path, since]) => startOf(world, path) - since)
}

for (const directory of ['d', '']) {
  test(`${directory === '' ? 'the watch directory' : 'a directory'} gets its turn although something below it is always in a run`, async (t) => {
    const world = beginWith(t)
    const { rig, clock } = world
    await load(world, 'early', 6 * SECOND, MINUTE)
    const since = clock.now()
    await rig.hint([directory])
    const waits = await load(world, 'late', 6 * SECOND, 10 * MINUTE)
    assert.deepEqual(rig.errors, [])
    const waited = startOf(world, directory) - since
    t.diagnostic(`waited ${waited / SECOND} s`)
    assert.ok(waited > 0 && waited <= MINUTE + 10 * SECOND, `${waited} ms`)
    assert.ok(Math.max(...waits) <= 30 * SECOND, `others: ${Math.max(...waits)} ms`)
  })
}

test('where runs take longer than that, they get the time to end', async (t) => {
  const world = beginWith(t, { 'd/': 10 * MINUTE })
  const { rig, clock } = world
  await load(world, 'early', 5 * MINUTE, 20 * MINUTE)
  const since = clock.now()
  await rig.hint(['d'])
  await load(world, 'late', 5 * MINUTE, 2 * HOUR)
  const waited = startOf(world, 'd') - since
  t.diagnostic(`waited ${waited / MINUTE} minutes`)
  assert.ok(waited <= 32 * MINUTE, `${waited / MINUTE} minutes`)
})

test('a run that hangs holds others up for a while only, although a directory waits for it', async (t) => {
  const world = beginWith(t, { 'd/hangs': 24 * HOUR, 'd/': SECOND })
  const { rig } = world
  await rig.hint(['d/hangs'])
  await load(world, 'early', MINUTE, 5 * MINUTE)
  await rig.hint(['d'])
  const waits = await load(world, 'late', MINUTE, 20 * HOUR)
  t.diagnostic(`others waited up to ${Math.max(...waits) / MINUTE} minutes`)
  const atOnce = waits.filter((ms) => ms === 0).length
  assert.ok(Math.max(...waits) <= 65 * MINUTE, `${Math.max(...waits)} ms`)
  assert.ok(atOnce > 0.6 * waits.length, `${atOnce} of ${waits.length}`)
})

test('nothing ordinary waits for big files, although a directory waits for them', async (t) => {
  const world = beginWith(t, { 'd/big': 24 * HOUR, 'd/': SECOND })
  const { rig } = world
  await rig.hint(['d/big'], 'big')
  await load(world, 'early', MINUTE, 5 * MINUTE)
  await rig.hint(['d'])
  const waits = await load(world, 'late', MINUTE, 5 * HOUR)
  assert.equal(Math.max(...waits), 0)
  assert.equal(startOf(world, 'd'), Infinity)
})

for (const deletedAfter of [0.5, 1.2, 17, 62]) {
  test(`nobody steps back for a directory whose event somebody deleted, after ${deletedAfter} minutes`, async (t) => {
    const world = beginWith(t, { 'd/hangs': 24 * HOUR, 'd/': SECOND })
    const { rig, clock, path } = world
    await rig.hint(['d/hangs'])
    await clock.advance(SECOND)
    await rig.hint(['d'])
    await load(world, 'waits', 10 * SECOND, deletedAfter * MINUTE)
    const foreigner = new BetterSqlite3(path)
    t.after(() => foreigner.close())
    foreigner.prepare("DELETE FROM event WHERE path = 'd'").run()
    rig.scheduler.lookAgain()
    const waits = await load(world, 'late', MINUTE, 2 * HOUR)
    // Those that waited until then come first.
    assert.ok(Math.max(...waits) <= MINUTE, `${Math.max(...waits)} ms`)
  })
}

test('directories above each other, all waiting for a run that hangs, hold up no longer than one', async (t) => {
  const world = beginWith(t, { 'd/e/f/g/hangs': 48 * HOUR, 'd/': SECOND })
  const { rig, clock } = world
  await rig.hint(['d/e/f/g/hangs'])
  const directories = ['', 'd/e', 'd/e/f', 'd/e/f/g', 'd']
  const hinted = new Map<BytePath, number>()
  for (let minutes = 0; minutes < 20 * 60; minutes += 10) {
    const directory = directories[minutes / 40]
    if (directory !== undefined) await rig.hint([directory])
    const path = `d/e/f/g/${minutes}`
    hinted.set(path, clock.now())
    await rig.hint([path])
    await clock.advance(10 * MINUTE)
  }
  await clock.advance(2 * HOUR)
  const waits = [...hinted].map(([path, since]) => startOf(world, path) - since)
  assert.ok(Math.max(...waits) <= 70 * MINUTE, `${Math.max(...waits) / MINUTE} minutes`)
})

test('what failed and stepped back goes on when others may, although no run ends', async (t) => {
  const poison = new Set(['d/x'])
  const { rig, clock } = begin(t, {
    ...SLOW,
    script: {
      takesMs: (paths) => (paths.includes('d/hangs') ? 24 * HOUR : SECOND),
      ends: (paths) => ({ type: paths.some((path) => poison.has(path)) ? 'fails' : 'succeeds' }),
    },
  })
  await rig.hint(['d/hangs'])
  await clock.advance(SECOND)
  await rig.hint(['d'])
  await clock.advance(56 * SECOND)
  await rig.hint(['d/x'])
  await clock.advance(2 * SECOND)
  poison.clear()
  await clock.advance(2 * MINUTE)
  assert.deepEqual(rig.queue.events.total(), 2)
})

test('what is asked for in vain is not looked through again for each new event', async (t) => {
  const { rig, clock } = beginWith(t, { 'd/hangs': 24 * HOUR })
  await rig.hint(['d/hangs'])
  await clock.advance(SECOND)
  await rig.hint(['d'])
  await clock.advance(65 * SECOND)
  await rig.hint(Array.from({ length: 20_000 }, (_, index) => `d/${index}`))
  await clock.advance(SECOND)
  // More may have come in their millisecond.
  await rig.hint(['d/first'])
  await clock.advance(SECOND)
  const { events } = rig.queue
  const select = events.candidates.bind(events)
  let looked = 0
  events.candidates = (...request) => {
    const found = select(...request)
    looked += found.length
    return found
  }
  for (let index = 0; index < 10; index++) {
    await rig.hint([`d/late ${index}`])
    await clock.advance(SECOND)
  }
  assert.ok(looked <= 100, `${looked} events`)
  assert.equal(rig.runs.length, 1)
  await rig.hint(['elsewhere'])
  await clock.advance(SECOND)
  assert.deepEqual(rig.runs.at(-1)?.paths, ['elsewhere'])
})
