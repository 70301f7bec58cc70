import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { toBytes } from '../../dist/model/byte-path.js'
import type { BytePath, SizeClass } from '../../dist/model/glossary.js'
import type { EventStore } from '../../dist/queue/event-store.js'
import type { Queue } from '../../dist/queue/queue.js'
import { Recording } from '../support/recording.ts'

const HOUR = 3_600_000

/** What matters of a row. */
interface Row {
  readonly path: string
  readonly mask: number
  readonly first_seen: number
  readonly last_seen: number
  readonly size_class: string
  readonly state: string
  readonly run: number | null
  readonly part: number | null
  readonly fresh_mask: number
  readonly fresh_since: number | null
  readonly attempts: number
  readonly retry_at: number | null
  readonly last_error: string | null
}

class Store {
  readonly #recording: Recording

  constructor(t: TestContext) {
    this.#recording = new Recording(t)
  }

  get queue(): Queue {
    return this.#recording.queue
  }

  get events(): EventStore {
    return this.queue.events
  }

  hint(
    path: BytePath,
    mask: number,
    now: number,
    sizeClass: SizeClass = 'ordinary',
  ): Promise<void> {
    return this.queue.write(() => this.events.upsert(toBytes(path), mask, sizeClass, now))
  }

  /** Hands all pending events of a class to a run. */
  claim(run: number, sizeClass: SizeClass = 'ordinary'): Promise<void> {
    const from = { state: 'pending', sizeClass, firstSeenUntil: Infinity } as const
    return this.queue.write(() => this.events.claim(this.events.candidates(from, 1_000, 0), run))
  }

  row(path: BytePath): Row | undefined {
    return this.#recording.reader
      .prepare('SELECT * FROM event WHERE path = CAST(? AS TEXT)')
      .get(toBytes(path)) as Row | undefined
  }

  pick(path: BytePath, ...names: ReadonlyArray<keyof Row>): unknown[] {
    const row = this.row(path)
    return names.map((name) => row?.[name])
  }
}

test('hints at one path make one event: bits add up, the first instant stays', async (t) => {
  const store = new Store(t)
  await store.hint('a', 1, 100)
  await store.hint('a', 0x40000002, 300)
  await store.hint('a', 2, 200)
  assert.deepEqual(store.pick('a', 'mask', 'first_seen', 'last_seen', 'fresh_mask', 'state'), [
    0x40000003,
    100,
    200,
    0,
    'pending',
  ])
  assert.equal(store.events.total(), 1)
})

test('what comes during a run stays for the next one, with its own bits and instant (P2)', async (t) => {
  const store = new Store(t)
  await store.hint('changed', 1, 100)
  await store.hint('calm', 1, 100)
  await store.claim(7)
  await store.hint('changed', 2, 200)
  await store.hint('changed', 4, 300)
  await store.hint('new', 8, 300)
  assert.deepEqual(store.pick('changed', 'mask', 'fresh_mask', 'fresh_since', 'state'), [
    7,
    6,
    200,
    'running',
  ])
  await store.queue.write(() => store.events.acknowledge(7))
  assert.equal(store.row('calm'), undefined)
  assert.deepEqual(
    store.pick('changed', 'mask', 'first_seen', 'fresh_mask', 'fresh_since', 'state', 'run'),
    [6, 200, 0, null, 'pending', null],
  )
  assert.equal(store.pick('new', 'state')[0], 'pending')
})

test('a run that fails keeps all bits, also those that came during it', async (t) => {
  const store = new Store(t)
  await store.hint('a', 1, 100)
  await store.claim(7)
  await store.hint('a', 2, 200)
  await store.queue.write(() => store.events.suspect(7, 3, 'exit code 1'))
  const columns = ['mask', 'first_seen', 'fresh_mask', 'fresh_since', 'state', 'part'] as const
  assert.deepEqual(store.pick('a', ...columns), [3, 100, 0, null, 'suspect', 3])
  assert.deepEqual(store.pick('a', 'attempts', 'last_error', 'run'), [1, 'exit code 1', null])
  await store.hint('a', 4, 300)
  assert.deepEqual(store.pick('a', 'mask', 'fresh_since', 'state'), [7, null, 'suspect'])
})

test('a run that was not begun leaves no trace, not even on what was isolated', async (t) => {
  const store = new Store(t)
  await store.hint('a', 1, 100)
  await store.claim(7)
  await store.queue.write(() => store.events.isolate(7, 5_000, 'no'))
  await store.hint('b', 1, 100)
  const before = [store.row('a'), store.row('b')]
  await store.claim(8)
  await store.queue.write(() => {
    const from = { state: 'isolated', sizeClass: 'ordinary', retryUntil: 5_000 } as const
    store.events.claim(store.events.candidates(from, 1, 0), 8)
  })
  assert.deepEqual([store.pick('a', 'state'), store.pick('b', 'state')], [['running'], ['running']])
  await store.queue.write(() => store.events.putBack(8))
  assert.deepEqual([store.row('a'), store.row('b')], before)
})

test('a part is split by path, in halves', async (t) => {
  const store = new Store(t)
  for (const path of ['d', 'a', 'e', 'c', 'b']) await store.hint(path, 1, 100)
  await store.claim(7)
  await store.queue.write(() => {
    store.events.suspect(7, 1, 'no')
    store.events.splitPart(1, 2, 5)
  })
  const parts = ['a', 'b', 'c', 'd', 'e'].map((path) => store.pick(path, 'part')[0])
  assert.deepEqual(parts, [1, 1, 1, 2, 2])
  assert.deepEqual(
    [1, 2, 3].map((part) => store.events.hasPart(part)),
    [true, true, false],
  )
})

test('of a part, the paths that were tried least come first', async (t) => {
  const store = new Store(t)
  for (const path of ['a', 'b', 'c']) await store.hint(path, 1, 100)
  await store.claim(7)
  await store.queue.write(() => store.events.suspect(7, 1, 'no'))
  const first = (): string | undefined =>
    store.events.candidates({ state: 'suspect', part: 1 }, 1, 0)[0]?.path
  for (const expected of ['a', 'b', 'c', 'a']) {
    assert.equal(first(), expected)
    await store.queue.write(() => {
      store.events.claim(store.events.candidates({ state: 'suspect', part: 1 }, 1, 0), 8)
      store.events.suspect(8, 1, 'no')
    })
  }
})

test('attempts of an isolated path are its own, and are forgotten after a success', async (t) => {
  const store = new Store(t)
  await store.hint('a', 1, 100)
  await store.claim(7)
  for (let run = 7; run < 10; run++) {
    await store.queue.write(() => {
      store.events.suspect(run, 1, 'no')
      store.events.claim(store.events.candidates({ state: 'suspect', part: 1 }, 1, 0), run + 1)
    })
  }
  assert.equal(store.pick('a', 'attempts')[0], 3)
  await store.queue.write(() => store.events.isolate(10, 5_000, 'no'))
  assert.deepEqual(store.pick('a', 'attempts', 'state', 'part'), [1, 'isolated', null])
  const isolated = { state: 'isolated', sizeClass: 'ordinary', retryUntil: 5_000 } as const
  await store.queue.write(() => {
    store.events.claim(store.events.candidates(isolated, 1, 0), 11)
    store.events.isolate(11, 9_000, 'no')
  })
  assert.equal(store.pick('a', 'attempts')[0], 2)
  await store.queue.write(() =>
    store.events.claim(store.events.candidates({ ...isolated, retryUntil: 9_000 }, 1, 0), 12),
  )
  await store.hint('a', 2, 9_500)
  await store.queue.write(() => store.events.acknowledge(12))
  assert.deepEqual(store.pick('a', 'attempts', 'state', 'retry_at', 'last_error'), [
    0,
    'pending',
    null,
    null,
  ])
})

test('paths that the script names are kept from being acknowledged with the others', async (t) => {
  const store = new Store(t)
  for (const path of ['good', 'bad', '\xff']) await store.hint(path, 1, 100)
  await store.claim(7)
  const found = await store.queue.write(() => {
    const named = ['bad', '\xff', 'strange'].map((path) =>
      store.events.isolateNamed(7, path, 6_000, 'named'),
    )
    store.events.acknowledge(7)
    return named
  })
  assert.deepEqual(found, [true, true, false])
  assert.equal(store.row('good'), undefined)
  for (const path of ['bad', '\xff']) {
    assert.deepEqual(store.pick(path, 'state', 'retry_at', 'attempts'), ['isolated', 6_000, 1])
  }
})

test('the oldest and the next retry are known by class', async (t) => {
  const store = new Store(t)
  const { events } = store
  assert.deepEqual([events.oldest('ordinary'), events.nextRetryAt('big')], [undefined, undefined])
  await store.hint('a', 1, 300)
  await store.hint('b', 1, 200)
  await store.hint('c', 1, 100, 'big')
  assert.deepEqual([events.oldest('ordinary'), events.oldest('big')], [200, 100])
  assert.equal(events.waitingSince(), 100)
  await store.claim(7, 'big')
  await store.queue.write(() => events.isolate(7, 4_000, 'no'))
  assert.deepEqual([events.nextRetryAt('ordinary'), events.nextRetryAt('big')], [undefined, 4_000])
  assert.equal(events.oldest('big'), undefined)
  assert.equal(events.waitingSince(), 100, 'what failed waits as well')
  await store.queue.write(() => events.reclassify(toBytes('a'), 'big'))
  assert.deepEqual([events.oldest('ordinary'), events.oldest('big')], [200, 300])
})

test('candidates come in the order they wait, by page, and no later than asked for', async (t) => {
  const store = new Store(t)
  for (let index = 0; index < 10; index++) await store.hint(`f${index}`, 1, 1_000 - index)
  const from = { state: 'pending', sizeClass: 'ordinary', firstSeenUntil: 998 } as const
  const page = (offset: number): string[] =>
    store.events.candidates(from, 3, offset).map(({ path }) => path)
  assert.deepEqual(page(0), ['f9', 'f8', 'f7'])
  assert.deepEqual(page(6), ['f3', 'f2'])
})

test('what a dead daemon left waits again; the rest of the waiting never gets longer', async (t) => {
  const store = new Store(t)
  const now = 10 * HOUR
  await store.hint('running', 1, 100)
  await store.claim(7)
  await store.hint('running', 2, 200)
  await store.hint('suspect', 1, 100)
  await store.claim(8)
  await store.queue.write(() => store.events.suspect(8, 1, 'no'))
  await store.hint('isolated', 1, 100)
  await store.claim(9)
  await store.queue.write(() => store.events.isolate(9, now + 50 * HOUR, 'no'))
  await store.hint('retried', 1, 100)
  await store.claim(10)
  await store.queue.write(() => {
    store.events.isolate(10, now + 5, 'no')
    const from = { state: 'isolated', sizeClass: 'ordinary', retryUntil: now + 5 } as const
    store.events.claim(store.events.candidates(from, 1, 0), 11)
  })
  await store.hint('from the future', 1, now + HOUR)

  await store.queue.write(() => store.events.recover(now, HOUR))
  assert.deepEqual(store.pick('running', 'state', 'mask', 'run', 'fresh_since', 'first_seen'), [
    'pending',
    3,
    null,
    null,
    100,
  ])
  assert.deepEqual(store.pick('suspect', 'state', 'part', 'attempts'), ['pending', null, 1])
  assert.deepEqual(store.pick('isolated', 'state', 'retry_at'), ['isolated', now + HOUR])
  assert.deepEqual(store.pick('retried', 'state', 'retry_at'), ['isolated', now + 5])
  assert.deepEqual(store.pick('from the future', 'first_seen'), [now])
})

test('names that differ in one byte are different paths, and come back as they were', async (t) => {
  const store = new Store(t)
  const paths = [
    '\xff',
    '\xfe',
    '\xef\xbf\xbd',
    'a\nb',
    "it's",
    'a',
    'A',
    '\xc3\xa9',
    'e\xcc\x81',
    '',
  ]
  for (const path of paths) await store.hint(path, 1, 100)
  const from = { state: 'pending', sizeClass: 'ordinary', firstSeenUntil: 100 } as const
  const candidates = store.events.candidates(from, 100, 0)
  assert.deepEqual(new Set(candidates.map(({ path }) => path)), new Set(paths))
  await store.queue.write(() =>
    store.events.claim(
      candidates.filter(({ path }) => path === '\xfe'),
      7,
    ),
  )
  await store.queue.write(() => store.events.acknowledge(7))
  assert.equal(store.events.total(), paths.length - 1)
  assert.equal(store.row('\xfe'), undefined)
})
