import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join as joinNative } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { join } from '../../../dist/model/byte-path.js'
import { fastDirectory } from '../../support/fast-directory.js'
import { notOnLinux, testUnless } from '../../support/test-unless.js'
import { readTree } from '../tree-state.js'
import { EngineSession } from './engine-session.js'

const run = promisify(execFile)
const CHURN = new URL('../churn.js', import.meta.url).pathname

testUnless(notOnLinux, 'the inotify engine on a tree that is turned over', () => {
  for (const seed of [11, 12, 13, 14]) {
    test(`each directory of a tree turned over at random is watched in the end (${seed})`, async (t) => {
      const home = fastDirectory(t)
      const root = joinNative(home, 'tree')
      const outside = joinNative(home, 'outside')
      mkdirSync(root)
      mkdirSync(outside)
      const session = await EngineSession.start(t, { root })

      await session.during(run(process.execPath, [CHURN, root, outside, `${seed}`, '3000']))
      await session.quiet()
      session.forget()
      const marks = directoriesOf(root).map((path) => join(path, 'mark'))
      for (const mark of marks) writeFileSync(joinNative(root, mark), '')
      await session.quiet()

      const told = [...session.looks.keys()].filter((path) => path.endsWith('mark'))
      assert.deepEqual(told.toSorted(), marks.toSorted())
      assert.deepEqual(session.problems, [])
      assert.deepEqual(session.lost, [])
    })
  }
})

function directoriesOf(root: string): string[] {
  const found = [...readTree(root)].filter(([, state]) => state.endsWith('directory'))
  return ['', ...found.map(([path]) => path)]
}
