import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import fc from 'fast-check'

import { ByteTree } from '../../support/byte-tree.js'
import { scaleOf } from '../../support/scale.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { testUnless } from '../../support/test-unless.js'
import { anyOperation, operate } from '../../support/tree-operations.js'
import type { TreeOperation } from '../../support/tree-operations.js'
import { WatchSession } from '../watch-session.js'
import { whyNoFanotify } from './availability.js'

/** The watch directory is `a` of a larger tree, so that half of the moves cross its border. */
const WATCHED = 'a'

const KERNELS: ReadonlyArray<readonly [title: string, entry?: URL]> = [
  ['this kernel'],
  ['before Linux 5.17', new URL('./old-kernel-thread.js', import.meta.url)],
]

function leavesRootAlone(operation: TreeOperation): boolean {
  return operation.path !== WATCHED && !(operation.kind === 'rename' && operation.to === WATCHED)
}

testUnless(await whyNoFanotify(), 'fanotify with random operations', () => {
  for (const [kernel, entry] of KERNELS) {
    test(`${kernel}: whatever is done in and around the tree, what is told leads to what is there`, async (t) => {
      const top = temporaryDirectory(t)
      const tree = new ByteTree(top)
      mkdirSync(join(top, WATCHED))
      const session = await WatchSession.start(
        t,
        { root: join(top, WATCHED), engine: 'fanotify' },
        entry,
      )
      const operations = fc.array(anyOperation.filter(leavesRootAlone), {
        minLength: 20,
        maxLength: 60,
      })
      await fc.assert(
        fc.asyncProperty(operations, async (story) => {
          for (const operation of story) operate(tree, operation)
          await session.agrees()
        }),
        { numRuns: 40, seed: scaleOf(process.env).seed, endOnFailure: true },
      )
    })
  }
})
