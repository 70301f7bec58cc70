import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { BytePath } from '../../dist/model/glossary.js'
import { type DeliveryRig, RETRY, type RigSettings } from '../support/delivery-rig.ts'
import { donePaths, type Ending } from '../support/fake-runner.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { begin, DAY, HOUR, MINUTE, type World } from './world.ts'

/** A target whose state the test changes: paths it never takes, and whether it is there at all. */
class Target {
  readonly poison = new Set<BytePath>()
  isDown = false
  /** What scripts say while it is down. */
  saysDown: (paths: readonly BytePath[]) => Ending = () => ({ type: 'fails' })
  readonly done = new Map<BytePath, number>()

  ends(paths: readonly BytePath[]): Ending {
    if (this.isDown) return this.saysDown(paths)
    const fails = paths.some((path) => this.poison.has(path))
    return { type: fails ? 'fails' : 'succeeds' }
  }
}

function beginWith(t: TestContext, target: Target, settings: Partial<RigSettings> = {}): World {
  return begin(t, {
    script: { takesMs: () => 100, ends: (paths) => target.ends(paths) },
    onEnd: (run) => {
      for (const path of donePaths(run)) target.done.set(path, run.endedAt ?? 0)
    },
    ...settings,
  })
}

function names(count: number): BytePath[] {
  return Array.from({ length: count }, (_, index) => `d${index % 100}/f${index}`)
}

function wasIsolated(rig: DeliveryRig, paths: Iterable<BytePath>): boolean {
  const isolated = new Set(rig.isolated)
  return [...paths].every((path) => isolated.has(path))
}

async function searchFor(t: TestContext, place: number, of: number): Promise<number> {
  const target = new Target()
  const { rig, clock } = beginWith(t, target)
  const paths = names(of).toSorted()
  const poison = paths[place] ?? ''
  target.poison.add(poison)
  await rig.hint(paths)
  assert.ok(await clock.advanceUntil(() => rig.isolated.length > 0, HOUR))
  const extra = rig.runs.length - 1
  assert.ok(extra <= 2 * Math.log2(of) + 4, `${extra} extra runs`)
  await clock.advance(1_000)
  assert.deepEqual(rig.isolated, [poison])
  assert.equal(target.done.size, of - 1)
  assert.equal(rig.queue.events.total(), 1)
  return extra
}

test('one poison path among 100,000 costs at most 2·log2(n)+4 extra runs', async (t) => {
  const extra = await searchFor(t, 61_803, 100_000)
  t.diagnostic(`${extra} extra runs, at most ${(2 * Math.log2(100_000) + 4).toFixed(1)} allowed`)
})

test('one poison path costs no more wherever it is', async (t) => {
  for (const of of [2, 3, 5, 64, 65, 1_000]) {
    for (const place of new Set([0, 1, Math.floor(of / 2), of - 2, of - 1])) {
      await searchFor(t, place, of)
    }
  }
})

for (const count of [2, 5, 50]) {
  test(`${count} poison paths among 5,000 are found in the end, all else is delivered`, async (t) => {
    const target = new Target()
    const { rig, clock } = beginWith(t, target)
    const paths = names(5_000)
    for (let n = 0; n < count; n++)
      target.poison.add(paths[Math.floor((n + 0.3) * (5_000 / count))] ?? '')
    await rig.hint(paths)
    const isDone = (): boolean => target.done.size === paths.length - count
    assert.ok(await clock.advanceUntil(isDone, 20 * MINUTE), 'the others are delivered')
    t.diagnostic(`the others: ${rig.runs.length} runs, ${sinceFirst(rig)} s`)
    // Where everything fails there is no telling which: the last ones need something that succeeds.
    for (let minute = 0; !wasIsolated(rig, target.poison); minute++) {
      assert.ok(minute < 60, `found ${rig.isolated.length}`)
      await rig.hint([`good${minute}`])
      await clock.advance(MINUTE)
    }
    t.diagnostic(`all found: ${rig.runs.length} runs, ${sinceFirst(rig)} s`)
    assert.deepEqual(new Set(rig.isolated), target.poison)
  })
}

function sinceFirst(rig: DeliveryRig): number {
  return (rig.clock.now() - (rig.runs[0]?.startedAt ?? 0)) / 1_000
}

test('a poison path is retried alone, with growing delays of its own from the first on', async (t) => {
  const target = new Target()
  target.poison.add('bad')
  const { rig, clock } = beginWith(t, target)
  await rig.hint(['bad', ...names(50)])
  await clock.advance(4 * HOUR)
  const alone = rig.runs.filter(({ paths }) => paths.length === 1 && paths[0] === 'bad')
  const gaps = alone.slice(1).map((run, index) => run.startedAt - (alone[index]?.endedAt ?? 0))
  // The first of them ended the search.
  assert.deepEqual(gaps.slice(0, 5), [5_000, 10_000, 20_000, 40_000, 80_000])
  assert.ok(gaps.every((gap) => gap <= RETRY.maxMs))
  target.poison.clear()
  await clock.advance(RETRY.maxMs + MINUTE)
  assert.equal(rig.queue.events.total(), 0)
})

test('new paths are delivered in their normal time while a lone poison path fails', async (t) => {
  const target = new Target()
  target.poison.add('bad')
  const { rig, clock } = beginWith(t, target)
  await rig.hint(['bad'])
  for (let hour = 1; hour <= 12; hour++) {
    await clock.advance(HOUR + hour * 777)
    const path = `good${hour}`
    const since = clock.now()
    await rig.hint([path])
    assert.ok(await clock.advanceUntil(() => target.done.has(path), HOUR))
    assert.ok((target.done.get(path) ?? 0) - since <= 45_000 + 2 * 100, path)
  }
})

test('a lone poison path that fails for long is isolated once something else succeeds', async (t) => {
  const target = new Target()
  target.poison.add('bad')
  const { rig, clock } = beginWith(t, target)
  await rig.hint(['bad'])
  await clock.advance(DAY)
  assert.equal(rig.isolated.length, 0)
  await rig.hint(['good'])
  await clock.advance(MINUTE)
  assert.deepEqual([...new Set(rig.isolated)], ['bad'])
})

/** Backoff periods of the time, each as long as the delay before it, to the longest there is. */
function periodsIn(ms: number): number {
  let periods = 0
  for (let spent = 0; spent < ms; periods++) {
    spent += Math.min(RETRY.maxMs, RETRY.baseMs * 2 ** periods)
  }
  return periods
}

/** A script that goes through its list to the end and exits with 0. */
const namesAll = (failed: readonly BytePath[]): Ending => ({ type: 'names', failed, exitCode: 0 })
const fails = (): Ending => ({ type: 'fails' })

for (const { way, batchLimit, saysDown } of [
  { way: 'with lists', batchLimit: 100_000, saysDown: fails },
  { way: 'one path a run', batchLimit: 1, saysDown: fails },
  { way: 'all paths named', batchLimit: 100_000, saysDown: namesAll },
  { way: 'one path a run, named', batchLimit: 1, saysDown: namesAll },
]) {
  test(`an outage costs at most 4 runs a backoff period, then all is delivered (${way})`, async (t) => {
    const target = new Target()
    const { rig, clock } = beginWith(t, target, { batchLimit })
    const paths = names(2_000)
    target.saysDown = saysDown
    target.isDown = true
    const since = clock.now()
    await rig.hint(paths)
    for (let hour = 0; hour < 72; hour++) {
      await clock.advance(HOUR)
      await rig.hint([`late${hour}`])
    }
    const most = 4 * periodsIn(clock.now() - since)
    t.diagnostic(`${rig.runs.length} runs in 3 days, at most ${most} allowed`)
    assert.ok(rig.runs.length <= most, `${rig.runs.length} runs`)
    assert.equal(rig.isolated.length, 0)
    assert.equal(target.done.size, 0)
    assert.deepEqual(rig.outages, ['began'])

    target.isDown = false
    const up = clock.now()
    assert.ok(await clock.advanceUntil(() => target.done.size === 2_072, DAY))
    const first = Math.min(...target.done.values())
    const last = Math.max(...target.done.values())
    t.diagnostic(
      `first success after ${(first - up) / 1_000} s, all ${(last - first) / 1_000} s later`,
    )
    assert.ok(first - up <= RETRY.maxMs + MINUTE)
    assert.ok(last - first <= 2_072 * 100 + MINUTE)
    await clock.advance(1_000)
    assert.deepEqual(rig.outages, ['began', 'ended'])
    assert.equal(rig.queue.events.total(), 0)
  })
}

const MANY = 3_000

for (const lateEach of [HOUR, Infinity]) {
  const way = lateEach === HOUR ? 'new events come' : 'no event comes'
  test(`a target that goes down while a script names paths costs few runs (${way})`, async (t) => {
    const target = new Target()
    const { rig, clock } = beginWith(t, target)
    const paths = names(MANY).toSorted()
    target.saysDown = (given) =>
      given.length < MANY ? namesAll(given) : { type: 'names', failed: paths.slice(1), exitCode: 1 }
    target.isDown = true
    const since = clock.now()
    await rig.hint(paths)
    for (let hour = 0; hour < 24; hour++) {
      await clock.advance(HOUR)
      if (lateEach === HOUR) await rig.hint([`late${hour}`])
    }
    assert.equal(target.done.size, 1)
    const most = 4 * periodsIn(clock.now() - since)
    t.diagnostic(`${rig.runs.length} runs in a day, at most ${most} allowed`)
    assert.ok(rig.runs.length <= most, `${rig.runs.length} runs`)

    target.isDown = false
    const up = clock.now()
    assert.ok(await clock.advanceUntil(() => rig.queue.events.total() === 0, DAY))
    assert.ok(clock.now() - up <= RETRY.maxMs + MANY * 100 + MINUTE)
  })
}

test('paths that fail alone, many of them, keep nothing else waiting', async (t) => {
  const target = new Target()
  const { rig, clock } = beginWith(t, target)
  const bad = Array.from({ length: 50 }, (_, index) => `bad${index}`)
  for (const path of bad) target.poison.add(path)
  target.saysDown = () => ({ type: 'names', failed: bad, exitCode: 1 })
  target.isDown = true
  await rig.hint([...bad, 'good'])
  await clock.advance(MINUTE)
  target.isDown = false
  assert.ok(wasIsolated(rig, bad))
  await clock.advance(DAY)
  target.poison.add('worse')
  for (const paths of [['new'], ['worse', 'newer', 'newest']]) {
    const since = clock.now()
    await rig.hint(paths)
    const isDone = (): boolean => paths.every((path) => path === 'worse' || target.done.has(path))
    assert.ok(await clock.advanceUntil(isDone, HOUR))
    assert.ok(clock.now() - since <= 2 * MINUTE, `${clock.now() - since} ms`)
  }
  await clock.advance(DAY)
  target.poison.delete('bad7')
  assert.ok(await clock.advanceUntil(() => target.done.has('bad7'), 2 * DAY))
})

test('an outage ends although the path that is tried never succeeds', async (t) => {
  const target = new Target()
  const { rig, clock } = beginWith(t, target, { batchLimit: 1 })
  const paths = names(300)
  const [first] = paths.toSorted()
  target.poison.add(first ?? '')
  target.isDown = true
  await rig.hint(paths)
  await clock.advance(DAY)
  target.isDown = false
  assert.ok(await clock.advanceUntil(() => target.done.size === 299, 3 * HOUR))
})

test('an isolated path is retried although another one, alone, makes it look like an outage', async (t) => {
  const target = new Target()
  target.poison.add('cured')
  const { rig, clock } = beginWith(t, target)
  await rig.hint(['cured', 'good'])
  await clock.advance(6 * HOUR)
  assert.deepEqual([...new Set(rig.isolated)], ['cured'])
  target.poison.clear()
  target.poison.add('lone')
  await rig.hint(['lone'])
  await clock.advance(10 * MINUTE)
  assert.ok(rig.scheduler.isOutage)
  assert.ok(await clock.advanceUntil(() => target.done.has('cured'), 3 * HOUR))
})

test('a run that hangs when an outage ends keeps nothing else of its part waiting', async (t) => {
  const target = new Target()
  let hung = ''
  const { rig, clock } = beginWith(t, target, {
    jobs: 4,
    script: {
      takesMs: ([path = '', ...more]) => {
        if (hung !== '' || !rig.scheduler.isOutage || more.length > 0) return 1_000
        hung = path
        return DAY
      },
      ends: (paths) => target.ends(paths),
    },
  })
  target.isDown = true
  await rig.hint(names(1_000))
  assert.ok(await clock.advanceUntil(() => hung !== '', HOUR))
  target.isDown = false
  await rig.hint(['good'])
  assert.ok(await clock.advanceUntil(() => target.done.size === 1_000, 3 * HOUR))
  assert.deepEqual([rig.queue.events.total(), target.done.has(hung)], [1, false])
})

test('the watch directory has its turn among paths that fail, although runs that are tried begin together', async (t) => {
  for (let story = 0; story < 60; story++) {
    const random = new SeededRandom(story)
    const target = new Target()
    const bad = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].slice(0, random.pick([4, 5, 6, 7]))
    for (const path of bad) target.poison.add(path)
    const { rig, clock } = beginWith(t, target, {
      jobs: random.pick([2, 4]),
      batchLimit: random.pick([1, 3, 100]),
    })
    const hint = (path: BytePath): Promise<void> =>
      rig.hint([path], random.pick(['ordinary', 'ordinary', 'big']))
    for (const path of bad.slice(0, random.pick([0, 1, 2]))) {
      await hint(path)
      await rig.hint([`good, unlike ${path}`])
      await clock.advance(40 * MINUTE)
    }
    target.isDown = true
    const place = random.below(bad.length)
    for (const path of bad.toSpliced(place, 0, '')) {
      await hint(path)
      await clock.advance(random.pick([0, 0, MINUTE, 10 * MINUTE]))
    }
    await clock.advance(random.pick([1, 3, 10]) * HOUR)
    target.isDown = false
    // Of so few paths each is tried every few hours, if two of an hour are.
    const isDone = await clock.advanceUntil(() => target.done.has(''), 12 * HOUR)
    assert.ok(isDone, `story ${story}`)
    rig.crash()
  }
})
