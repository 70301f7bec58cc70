import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { retryDelayMs } from '../../dist/schedule/backoff.js'

const HOUR = 3_600_000

test('delays double from the base to the maximum', () => {
  const delays = [1, 2, 3, 4, 10, 11, 12, 1_000_000].map((attempt) =>
    retryDelayMs(attempt, { baseMs: 5_000, maxMs: HOUR }, () => 1),
  )
  assert.deepEqual(delays, [5_000, 10_000, 20_000, 40_000, 2_560_000, HOUR, HOUR, HOUR])
})

test('half of a delay is fixed, half is random', () => {
  const limits = { baseMs: 8_000, maxMs: HOUR }
  assert.equal(
    retryDelayMs(1, limits, () => 0),
    4_000,
  )
  assert.equal(
    retryDelayMs(1, limits, () => 0.5),
    6_000,
  )
})

test('a base of 0 means no waiting, however often it failed', () => {
  for (const attempt of [1, 2, 50, 10_000]) {
    assert.equal(
      retryDelayMs(attempt, { baseMs: 0, maxMs: HOUR }, () => 0.9),
      0,
    )
  }
})

test('a small base reaches a large maximum', () => {
  assert.equal(
    retryDelayMs(60, { baseMs: 1, maxMs: HOUR }, () => 1),
    HOUR,
  )
})

test('every delay lies between half of the full delay and all of it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -3, max: 1_000_000 }),
      fc.nat(10_000_000),
      fc.nat(10_000_000),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, baseMs, maxMs, luck) => {
        const delay = retryDelayMs(attempt, { baseMs, maxMs }, () => luck)
        const full = Math.min(maxMs, baseMs * 2 ** Math.min(Math.max(attempt, 1) - 1, 60))
        assert.ok(Number.isInteger(delay))
        assert.ok(delay >= Math.floor(full / 2) && delay <= full)
      },
    ),
  )
})
