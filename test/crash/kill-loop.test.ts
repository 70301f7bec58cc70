import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ALL_POINTS, killLoop } from '../support/kill-loop.ts'
import { scaleOf } from '../support/scale.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('nothing is forgotten however often the daemon is killed (P1, P2, P3)', async (t) => {
  const { kills, seed } = scaleOf(process.env)
  const figures = await killLoop({ directory: temporaryDirectory(t), kills, seed })
  t.diagnostic(`seed ${seed}: ${JSON.stringify(figures)}`)
  assert.deepEqual(figures.missedPoints, ALL_POINTS.slice(kills), `seed ${seed}`)
})
