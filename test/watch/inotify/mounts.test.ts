import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { IN_CLOSE_WRITE, IN_CREATE } from '../../../dist/model/mask.js'
import { eventually } from '../../support/eventually.ts'
import { MountableDirectory, TMPFS, unmounts } from '../../support/mounts.ts'
import { notOnLinux, testUnless } from '../../support/test-unless.ts'
import { WatchSession } from '../watch-session.ts'

function startAt(t: TestContext, root: string): Promise<WatchSession> {
  return WatchSession.start(t, { root, engine: 'inotify', pollMs: undefined })
}

/** Writes the file once more; says whether the kernel told of that before. */
function isHeardOf(session: WatchSession, file: string): boolean {
  writeFileSync(join(session.root, file), '1')
  return ((session.model.masks.get(file) ?? 0) & IN_CLOSE_WRITE) !== 0
}

async function unmounted(path: string): Promise<void> {
  await eventually(
    () => unmounts(path),
    () => `${path} is busy all the time`,
  )
}

testUnless(notOnLinux, 'inotify and mounts', () => {
  test('what is mounted in the tree while it is watched is heard, until it is unmounted', async (t) => {
    const directory = new MountableDirectory(t)
    mkdirSync(join(directory.path, 'a/m'), { recursive: true })
    writeFileSync(join(directory.path, 'a/m/covered'), '')
    const session = await startAt(t, directory.path)
    if (!directory.mounts('a/m', TMPFS)) return
    mkdirSync(join(session.root, 'a/m/d'))
    writeFileSync(join(session.root, 'a/m/d/x'), '1')
    await session.agrees()
    appendFileSync(join(session.root, 'a/m/d/x'), '2')
    await session.hearsOf('a/m/d/x', IN_CLOSE_WRITE)

    await unmounted(join(session.root, 'a/m'))
    await session.agrees()
    writeFileSync(join(session.root, 'a/m/y'), '1')
    await session.hearsOf('a/m/y', IN_CREATE | IN_CLOSE_WRITE)
  })

  test('of a directory that was mounted twice, one place goes on when the other is gone', async (t) => {
    const directory = new MountableDirectory(t)
    const { path } = directory
    mkdirSync(join(path, 'a/x'), { recursive: true })
    if (!directory.mounts('b', ['--bind', join(path, 'a')])) return
    const session = await startAt(t, path)
    await unmounted(join(path, 'b'))
    await session.agrees()
    // Whichever of the two was watched, the other one will be soon.
    for (const file of ['a/x/f', 'a/g', 'b/h']) {
      await eventually(
        () => isHeardOf(session, file),
        () => `${file} is never heard of: ${session.describe()}`,
      )
    }
    await session.agrees()
    assert.ok(!session.model.masks.has('b/x/f'))
  })
})
