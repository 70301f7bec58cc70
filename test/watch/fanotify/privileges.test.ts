import assert from 'node:assert/strict'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { CAP_DAC_READ_SEARCH, withCapabilities } from '../../support/capabilities.js'
import { fastDirectory } from '../../support/fast-directory.js'
import { testUnless } from '../../support/test-unless.js'
import { whyNoFanotify } from './availability.js'
import { DirectEngine } from './direct-engine.js'

testUnless(await whyNoFanotify(), 'fanotify with fewer privileges', () => {
  test('once it is started CAP_DAC_READ_SEARCH is enough', async (t) => {
    const root = fastDirectory(t)
    mkdirSync(join(root, 'a/b'), { recursive: true })
    const direct = await DirectEngine.start(t, root)
    withCapabilities([CAP_DAC_READ_SEARCH], () => {
      writeFileSync(join(root, 'a/b/x'), '')
      renameSync(join(root, 'a'), join(root, 'c'))
      const told = direct.drain()
      assert.deepEqual([...told.keys()].toSorted(), ['a', 'c', 'c/b/x'])
      assert.deepEqual(direct.others, ['renamed a c'])
      direct.engine.doubt()
      writeFileSync(join(root, 'c/b/y'), '')
      assert.deepEqual([...direct.drain().keys()], ['c/b/y'])
    })
  })

  test('who loses that has the tree compared and hears why', async (t) => {
    const root = fastDirectory(t)
    mkdirSync(join(root, 'a'))
    const direct = await DirectEngine.start(t, root)
    withCapabilities([], () => {
      writeFileSync(join(root, 'a/x'), '')
      assert.equal(direct.drain().size, 0)
    })
    assert.ok(direct.others.includes('below  watch lost'))
    assert.ok(direct.others.some((each) => /CAP_DAC_READ_SEARCH was taken away/.test(each)))
    writeFileSync(join(root, 'a/y'), '')
    assert.deepEqual([...direct.drain().keys()], ['a/y'])
  })
})
