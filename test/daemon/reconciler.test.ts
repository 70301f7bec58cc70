import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { Reconciler } from '../../dist/daemon/reconciler.js'
import { DaemonEmitter } from '../../dist/events.js'
import type { BytePath, ReconcileReason } from '../../dist/model/glossary.js'
import type { Queue } from '../../dist/queue/queue.js'
import { openQueue } from '../support/delivery-rig.ts'
import { fastDirectory } from '../support/fast-directory.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'

/** A reconciler with a real queue, and crawls that end when the test says so. */
class Stage {
  readonly clock = new SimulatedClock()
  readonly queue: Queue
  readonly reconciler: Reconciler
  /** Paths in the order in which their crawls began. */
  readonly crawls: BytePath[] = []
  readonly paces: string[] = []

  constructor(t: TestContext) {
    this.queue = openQueue(join(fastDirectory(t), 'queue.db'), this.clock)
    t.after(() => this.queue.abandon())
    this.reconciler = new Reconciler({
      queue: this.queue,
      clock: this.clock,
      events: new DaemonEmitter(),
      maxDelete: { unit: 'percent', limit: 50 },
      crawl: (path, pace) => {
        this.paces.push(pace)
        return this.crawls.push(path)
      },
      hurry: () => this.paces.push('hurry'),
      at: () => undefined,
      onPending: () => undefined,
      onFailed: assert.ifError,
    })
    this.reconciler.start()
  }

  async owe(path: BytePath, reason: ReconcileReason = 'overflow'): Promise<void> {
    const now = this.clock.now()
    const begun = this.reconciler.current?.path
    await this.queue.write(() => this.queue.owed.owe({ path, reason, now }, begun))
    this.reconciler.poke()
    await this.clock.advance(0)
  }

  /** The crawl under way comes to its end. */
  async crawled(): Promise<void> {
    const crawl = this.crawls.length
    const listed = { sightings: 1, events: 0, differences: 0, owed: [] }
    await this.reconciler.recorded({ ...listed, crawled: { crawl, directories: 1, entries: 1 } })
    await this.clock.advance(0)
  }

  /** Milliseconds until the next crawl begins. */
  async untilNext(): Promise<number> {
    const before = this.crawls.length
    const since = this.clock.now()
    await this.clock.advanceUntil(() => this.crawls.length > before, 3_600_000)
    return this.clock.now() - since
  }

  get owed(): readonly BytePath[] {
    return this.queue.owed.all().map(({ path }) => path)
  }
}

test('debts are paid one after the other, and overlapping ones together', async (t) => {
  const stage = new Stage(t)
  await stage.owe('a')
  await stage.owe('b/c')
  await stage.owe('b/c/d')
  await stage.owe('b')
  await stage.owe('b/e')
  assert.deepEqual(stage.crawls, ['a'])
  await stage.crawled()
  assert.deepEqual(stage.crawls, ['a', 'b'])
  await stage.crawled()
  assert.deepEqual([stage.crawls, stage.owed], [['a', 'b'], []])
})

test('what is owed again while it is compared is compared again', async (t) => {
  const stage = new Stage(t)
  await stage.owe('')
  await stage.owe('late')
  await stage.owe('')
  await stage.crawled()
  assert.deepEqual(stage.owed, [''], 'the second one includes what was late')
  await stage.untilNext()
  await stage.crawled()
  assert.deepEqual([stage.crawls, stage.owed], [['', ''], []])
})

test('what is owed again and again rests ever longer, up to a minute; other paths do not', async (t) => {
  const stage = new Stage(t)
  const pauses: number[] = []
  await stage.owe('busy')
  for (let round = 0; round < 9; round++) {
    await stage.crawled()
    await stage.owe('busy')
    pauses.push(await stage.untilNext())
  }
  assert.deepEqual(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
  await stage.crawled()
  await stage.owe('busy')
  await stage.owe('other')
  assert.equal(stage.crawls.at(-1), 'other')
  assert.deepEqual(stage.owed, ['busy', 'other'])
})

test('after ten quiet minutes a path is compared at once again', async (t) => {
  const stage = new Stage(t)
  await stage.owe('busy')
  for (let round = 0; round < 3; round++) {
    await stage.crawled()
    await stage.owe('busy')
    await stage.untilNext()
  }
  await stage.crawled()
  await stage.clock.advance(10 * 60_000)
  await stage.owe('busy')
  assert.equal(await stage.untilNext(), 0)
})

test('what is planned does not rest, and an audit is gentle', async (t) => {
  const stage = new Stage(t)
  for (const reason of ['start', 'audit', 'audit'] as const) {
    await stage.owe('', reason)
    await stage.crawled()
  }
  assert.deepEqual(stage.paces, ['fast', 'gently', 'gently'])
})

test('an audit hurries once when something else is owed, and not for another audit', async (t) => {
  const stage = new Stage(t)
  await stage.owe('', 'audit')
  await stage.owe('', 'audit')
  assert.deepEqual(stage.paces, ['gently'])
  await stage.owe('moved in', 'directory new')
  await stage.owe('another', 'directory new')
  assert.deepEqual(stage.paces, ['gently', 'hurry'])
})

test('an audit of what has to be compared again hurries', async (t) => {
  const stage = new Stage(t)
  await stage.owe('', 'audit')
  await stage.owe('', 'overflow')
  assert.deepEqual(stage.paces, ['gently', 'hurry'])
})

test('what was begun when it stops stays owed, and is begun anew', async (t) => {
  const stage = new Stage(t)
  await stage.owe('a')
  stage.reconciler.stop()
  await stage.crawled()
  assert.deepEqual([stage.owed, stage.reconciler.current], [['a'], undefined])
  stage.reconciler.start()
  await stage.clock.advance(0)
  assert.deepEqual(stage.crawls, ['a', 'a'])
})

test('how far it is, is known while it goes on, and of no other crawl', async (t) => {
  const stage = new Stage(t)
  await stage.owe('a')
  stage.reconciler.progressed(7, 1_000, 1_000)
  assert.equal(stage.reconciler.progress, undefined)
  await stage.clock.advance(2_000)
  stage.reconciler.progressed(1, 10, 500)
  assert.deepEqual(stage.reconciler.progress, {
    directories: 10,
    entries: 500,
    entriesPerSecond: 250,
  })
  await stage.crawled()
  assert.equal(stage.reconciler.progress, undefined)
})
