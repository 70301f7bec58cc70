import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { openLibc } from '../../../dist/watch/linux/libc.js'
import { MountAlarm } from '../../../dist/watch/linux/mount-alarm.js'
import { eventually } from '../../support/eventually.ts'
import { MountableDirectory, TMPFS, unmounts } from '../../support/mounts.ts'
import { notOnLinux, testUnless } from '../../support/test-unless.ts'

const SOME_TURNS = 100

/** An alarm, and how often it rang. */
class CountingAlarm {
  rings = 0
  readonly alarm: MountAlarm
  #isClosed = false

  constructor(t: TestContext) {
    this.alarm = new MountAlarm(openLibc(), () => {
      this.rings += 1
    })
    t.after(() => this.close())
  }

  close(): void {
    if (!this.#isClosed) this.alarm.close()
    this.#isClosed = true
  }

  async ringsAfter(rings: number): Promise<void> {
    await eventually(
      () => this.rings > rings,
      () => `it rang ${this.rings} times`,
    )
    assert.ok(this.alarm.take())
  }
}

async function someTurns(): Promise<void> {
  for (let turn = 0; turn < SOME_TURNS; turn += 1) await nextTurn()
}

testUnless(notOnLinux, 'the alarm for mounts', () => {
  test('rings for what is mounted before the event loop listens', async (t) => {
    const directory = new MountableDirectory(t)
    const counting = new CountingAlarm(t)
    // Still in the turn in which the alarm was made, but after whatever it did at once.
    await Promise.resolve()
    if (!directory.mounts('m', TMPFS)) return
    await counting.ringsAfter(counting.rings)
  })

  test('rings for a mount and for its end', async (t) => {
    const directory = new MountableDirectory(t)
    const counting = new CountingAlarm(t)
    // It rings once for whatever was mounted before it listened.
    await counting.ringsAfter(0)
    if (!directory.mounts('m', TMPFS)) return
    await counting.ringsAfter(counting.rings)
    const { rings } = counting
    assert.ok(unmounts(`${directory.path}/m`))
    await counting.ringsAfter(rings)
  })

  test('rings no more when it is closed', async (t) => {
    const counting = new CountingAlarm(t)
    counting.close()
    await someTurns()
    assert.equal(counting.rings, 0)
  })
})
