import assert from 'node:assert/strict'
import { test } from 'node:test'

import { display } from '../../dist/model/byte-path.js'
import { LISTED, LivePlace } from '../support/live-place.ts'
import { makeForest, RandomChanges } from '../support/random-changes.ts'
import { scaleOf } from '../support/scale.ts'
import { differentPaths, stampsOf } from '../support/tree-stamps.ts'

const CHANGES = Number(process.env['CLSYNC_TEST_CHANGES'] ?? 10_000)
const { seed: SEED } = scaleOf(process.env)

test(`After kill -9 and ${CHANGES} random changes exactly those paths are told, without an initial sync`, async (t) => {
  const place = new LivePlace(t)
  makeForest(place.tree, Math.ceil(CHANGES / 7), 6)
  const daemon = await place.startAndForget(LISTED)
  await daemon.kill()
  const before = stampsOf(place.tree)
  new RandomChanges(place.tree, SEED).make(CHANGES)
  const expected = differentPaths(before, stampsOf(place.tree))
  await place.start([...LISTED, '--maxdelete', '100%'])
  const told = place.told()
  const missing = [...expected].filter((path) => !told.has(path))
  const tooMuch = [...told.keys()].filter((path) => !expected.has(path))
  assert.deepEqual([missing.map(display), tooMuch.map(display)], [[], []], `seed ${SEED}`)
  assert.equal(place.runs('initialsync').length, 0)
  t.diagnostic(`${expected.size} paths of ${before.size}, seed ${SEED}`)
})
