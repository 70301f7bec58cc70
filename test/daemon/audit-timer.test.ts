import assert from 'node:assert/strict'
import { test } from 'node:test'

import { AuditTimer } from '../../dist/daemon/audit-timer.js'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

const HOUR_MS = 3_600_000

/** Counts audits with this interval and jitter. */
function setUp(
  intervalMs: number,
  random: number,
): { readonly clock: ManualClock; readonly audits: number[]; readonly timer: AuditTimer } {
  const clock = manualClock()
  const audits: number[] = []
  const timer = new AuditTimer(
    clock,
    intervalMs,
    () => random,
    () => audits.push(clock.now()),
  )
  timer.start()
  return { clock, audits, timer }
}

test('an audit comes once an interval, up to a quarter sooner or later', () => {
  for (const [random, factor] of [
    [0, 0.75],
    [0.5, 1],
    [1, 1.25],
  ] as const) {
    const { clock, audits, timer } = setUp(HOUR_MS, random)
    clock.advance(3 * HOUR_MS * factor)
    assert.deepEqual(
      audits,
      [1, 2, 3].map((nth) => nth * HOUR_MS * factor),
    )
    timer.stop()
    clock.advance(10 * HOUR_MS)
    assert.equal(audits.length, 3)
  }
})

test('with an interval of 0 there is none', () => {
  const { clock, audits } = setUp(0, 0.5)
  clock.advance(10_000 * HOUR_MS)
  assert.deepEqual(audits, [])
})
