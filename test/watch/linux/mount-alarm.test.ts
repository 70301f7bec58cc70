import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { openLibc } from '../../../dist/watch/linux/libc.js'
import { MountAlarm } from '../../../dist/watch/linux/mount-alarm.js'
import { eventually } from '../../support/eventually.ts'
import { MountableDirectory, TMPFS, unmounts } from '../../support/mounts.ts'
import { notOnLinux, testUnless } from '../../support/test-unless.ts'

/** An alarm, and how often it rang. */
class CountingAlarm {
  rings = 0
  readonly alarm: MountAlarm

  constructor(t: TestContext) {
    this.alarm = new MountAlarm(openLibc(), () => {
      this.rings += 1
    })
    t.after(() => this.alarm.close())
  }

  async ringsAfter(rings: number): Promise<void> {
    await eventually(
      () => this.rings > rings,
      () => `it rang ${this.rings} times`,
    )
  }
}

testUnless(notOnLinux, 'the alarm for mounts', () => {
  test('rings for what is mounted before the event loop listens', async (t) => {
    const directory = new MountableDirectory(t)
    const counting = new CountingAlarm(t)
    // In the same turn as that in which the alarm was made.
    if (!directory.mounts('m', TMPFS)) return
    await counting.ringsAfter(0)
    assert.ok(counting.alarm.take())
  })

  test('rings for each mount and each unmount', async (t) => {
    const directory = new MountableDirectory(t)
    const counting = new CountingAlarm(t)
    // Its first look is at what was there before it listened.
    await counting.ringsAfter(0)
    assert.ok(counting.alarm.take())
    assert.ok(!counting.alarm.take())

    if (!directory.mounts('m', TMPFS)) return
    await counting.ringsAfter(1)
    assert.ok(counting.alarm.take())
    const { rings } = counting
    assert.ok(unmounts(`${directory.path}/m`))
    await counting.ringsAfter(rings)
    assert.ok(counting.alarm.take())
  })
})
