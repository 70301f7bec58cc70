import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { display } from '../../dist/model/byte-path.js'
import { LISTED, LivePlace } from '../support/live-place.ts'
import { makeForest, RandomChanges } from '../support/random-changes.ts'
import { scaleOf } from '../support/scale.ts'
import {
  belowDirectoriesAway,
  belowDirectoriesReplaced,
  differentPaths,
  stampsOf,
} from '../support/tree-stamps.ts'

const { seed: SEED } = scaleOf(process.env)
const POINTS = ['reconcile begun', 'reconcile listed', 'recorded', 'reconcile crawled', 'listed']

describe('A comparison that is killed', { concurrency: 4 }, () => {
  for (const point of POINTS) {
    test(`at "${point}" is owed by the next start, which tells exactly what changed (seed ${SEED})`, async (t) => {
      const place = new LivePlace(t)
      makeForest(place.tree, 60, 4)
      const daemon = await place.startAndForget(LISTED)
      await daemon.kill()
      const changes = new RandomChanges(place.tree, SEED)
      const before = stampsOf(place.tree)
      changes.make(200)
      const between = stampsOf(place.tree)
      const flags = [...LISTED, '--maxdelete', '100%']
      const killed = place.launch(flags, { env: { CLSYNC_KILL_AT: point } })
      assert.deepEqual(await killed.ended, [null, 'SIGKILL'])
      if (point !== 'listed') assert.deepEqual(place.owed(), [{ path: '.', reason: 'start' }])
      changes.make(100)
      const after = stampsOf(place.tree)

      await place.start(flags)
      const told = place.told()
      const missing = [...differentPaths(before, after)].filter((path) => !told.has(path))
      const known = new Set([
        ...differentPaths(before, between),
        ...differentPaths(between, after),
        ...differentPaths(before, after),
        ...(point === 'listed' ? belowDirectoriesAway([before, between], after) : []),
        ...(point === 'listed' ? belowDirectoriesReplaced(before, between, after) : []),
      ])
      const strange = [...told.keys()].filter((path) => !known.has(path))
      assert.deepEqual([missing.map(display), strange.map(display)], [[], []])
      assert.equal(place.runs('initialsync').length, 0)
    })
  }
})
