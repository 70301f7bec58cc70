import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { eventually } from '../support/eventually.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { WatchSession } from './watch-session.js'

/** Returns a mounted file system of its own, undefined where nothing may be mounted. */
function mountedDirectory(t: TestContext): string | undefined {
  const path = join(temporaryDirectory(t), 'mounted')
  mkdirSync(path)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'clsync-test', path], { stdio: 'pipe' })
  } catch (error) {
    t.skip(`cannot mount: ${String(error)}`)
    return undefined
  }
  t.after(() => unmounts(path))
  return path
}

function unmounts(path: string): boolean {
  try {
    execFileSync('umount', [path], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}

test('a watch directory at rest can be unmounted, and is lost then, not deleted', async (t) => {
  const root = mountedDirectory(t)
  if (root === undefined) return
  mkdirSync(join(root, 'a'))
  writeFileSync(join(root, 'a/x'), '')
  const session = await WatchSession.start(t, { root, engine: 'inotify' })
  const known = new Map(session.model.states)
  await eventually(
    () => unmounts(root),
    () => 'busy all the time',
  )
  await session.hears('root lost')
  assert.deepEqual(session.model.states, known)
})
