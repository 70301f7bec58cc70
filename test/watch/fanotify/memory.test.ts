import assert from 'node:assert/strict'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { fastDirectory } from '../../support/fast-directory.js'
import { testUnless } from '../../support/test-unless.js'
import { whyNoFanotify } from './availability.js'
import { DirectEngine } from './direct-engine.js'

/** Fills what the engine remembers of directories. */
const FEW = 16_384
const MANY = 3 * FEW
const MOST_GROWTH_MIB = 4

testUnless(await whyNoFanotify(), 'the memory of fanotify', () => {
  test('memory does not grow with the directories that events come from', async (t) => {
    const root = fastDirectory(t)
    const direct = await DirectEngine.start(t, root)
    const eventsIn = (first: number, end: number): number => {
      for (let index = first; index < end; index += 1) mkdirSync(join(root, `${index}`))
      direct.drainAll()
      for (let index = first; index < end; index += 1) chmodSync(join(root, `${index}`), 0o700)
      assert.equal(direct.drainAll().size, end - first)
      return heapMib()
    }
    const few = eventsIn(0, FEW)
    const growth = eventsIn(FEW, MANY) - few
    t.diagnostic(`${growth.toFixed(2)} MiB more after ${MANY} directories than after ${FEW}`)
    assert.ok(growth < MOST_GROWTH_MIB)
  })
})

function heapMib(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed / (1 << 20)
}
