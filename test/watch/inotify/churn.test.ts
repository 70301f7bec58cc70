import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { lstatSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { fastDirectory } from '../../support/fast-directory.js'
import { notOnLinux, testUnless } from '../../support/test-unless.js'
import { readTree } from '../tree-state.js'
import { WatchSession } from '../watch-session.js'

const run = promisify(execFile)
const CHURN = new URL('../churn.js', import.meta.url).pathname
const SEEDS = [1, 2, 3, 4, 5, 6]

testUnless(notOnLinux, 'inotify on a tree that is turned over', () => {
  for (const seed of SEEDS) {
    test(`a tree that is turned over at random is known in the end (${seed})`, async (t) => {
      const home = fastDirectory(t)
      const root = join(home, 'tree')
      const outside = join(home, 'outside')
      mkdirSync(root)
      mkdirSync(outside)
      const session = await WatchSession.start(t, { root, engine: 'inotify' })

      await run(process.execPath, [CHURN, root, outside, `${seed}`, '3000'])
      await session.agrees()
      // Told of in the end is not enough: each directory must be watched as what it is now.
      for (const [path] of readTree(root)) {
        if (lstatSync(join(root, path)).isDirectory()) writeFileSync(join(root, path, 'mark'), '')
      }
      await session.agrees()

      assert.deepEqual(session.problems, [])
      assert.deepEqual(
        session.others.filter(({ type }) => type !== 'ready' && type !== 'progress'),
        [],
      )
    })
  }
})
