import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { IN_CLOSE_WRITE, IN_CREATE, IN_MODIFY } from '../../../dist/model/mask.js'
import { eventually } from '../../support/eventually.js'
import { MountableDirectory, TMPFS, unmounts } from '../../support/mounts.js'
import { testUnless } from '../../support/test-unless.js'
import { WatchSession } from '../watch-session.js'
import { whyNoFanotify } from './availability.js'

testUnless(await whyNoFanotify(), 'fanotify on mounts', mountTests)

function mountTests(): void {
  test('a file system that is mounted below from the start is watched', async (t) => {
    const directory = new MountableDirectory(t)
    const root = directory.path
    if (!directory.mounts('with space/m', TMPFS)) return
    const session = await WatchSession.start(t, { root, engine: 'fanotify' })
    writeFileSync(join(root, 'with space/m/x'), '1')
    await session.hearsOf('with space/m/x', IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE)
    mkdirSync(join(root, 'with space/m/a/b'), { recursive: true })
    renameSync(join(root, 'with space/m/x'), join(root, 'with space/m/a/b/x'))
    await session.agrees()
  })

  test('a file system that is mounted later is watched from then on', async (t) => {
    const directory = new MountableDirectory(t)
    const root = directory.path
    mkdirSync(join(root, 'm'))
    writeFileSync(join(root, 'm/hidden'), '')
    const session = await WatchSession.start(t, { root, engine: 'fanotify' })
    if (!directory.mounts('m', TMPFS)) return
    writeFileSync(join(root, 'm/first'), '1')
    await session.agrees()
    appendFileSync(join(root, 'm/first'), '2')
    await session.hearsOf('m/first', IN_MODIFY | IN_CLOSE_WRITE)
  })

  test('a file system below can be unmounted, and what it covered is seen again', async (t) => {
    const directory = new MountableDirectory(t)
    const root = directory.path
    mkdirSync(join(root, 'm'))
    writeFileSync(join(root, 'm/covered'), '')
    if (!directory.mounts('m', TMPFS)) return
    writeFileSync(join(root, 'm/x'), '')
    const session = await WatchSession.start(t, { root, engine: 'fanotify' })
    appendFileSync(join(root, 'm/x'), '1')
    await session.agrees()
    await eventually(
      () => unmounts(join(root, 'm')),
      () => 'busy all the time',
    )
    await session.agrees()
    appendFileSync(join(root, 'm/covered'), '1')
    await session.hearsOf('m/covered', IN_MODIFY | IN_CLOSE_WRITE)
  })

  test('a mount below a directory that is renamed is watched on', async (t) => {
    const directory = new MountableDirectory(t)
    const root = directory.path
    mkdirSync(join(root, 'a/m'), { recursive: true })
    if (!directory.mounts('a/m', TMPFS)) return
    const session = await WatchSession.start(t, { root, engine: 'fanotify' })
    writeFileSync(join(root, 'a/m/x'), '1')
    await session.hearsOf('a/m/x', IN_CREATE)
    renameSync(join(root, 'a'), join(root, 'b'))
    await session.agrees()
    appendFileSync(join(root, 'b/m/x'), '2')
    await session.hearsOf('b/m/x', IN_MODIFY | IN_CLOSE_WRITE)
    renameSync(join(root, 'b'), join(root, 'a'))
    await session.agrees()
  })

  test('what takes the place of a mount in a moment is watched', async (t) => {
    const directory = new MountableDirectory(t)
    const root = directory.path
    if (!directory.mounts('m', TMPFS)) return
    const session = await WatchSession.start(t, { root, engine: 'fanotify' })
    writeFileSync(join(root, 'm/x'), '1')
    await session.hearsOf('m/x', IN_CREATE)
    const again = ['umount "$1"', 'mount -t tmpfs clsync-test "$1"', 'echo 1 > "$1/y"'].join(' && ')
    await eventually(
      () => spawnSync('sh', ['-c', again, 'sh', join(root, 'm')]).status === 0,
      () => 'busy all the time',
    )
    await session.agrees()
    appendFileSync(join(root, 'm/y'), '2')
    await session.hearsOf('m/y', IN_MODIFY | IN_CLOSE_WRITE)
  })

  test('a directory that is mounted twice in the tree is told under both paths', async (t) => {
    const directory = new MountableDirectory(t)
    const root = directory.path
    mkdirSync(join(root, 'a/b'), { recursive: true })
    if (!directory.mounts('again', ['--bind', join(root, 'a')])) return
    const session = await WatchSession.start(t, { root, engine: 'fanotify' })
    writeFileSync(join(root, 'a/b/x'), '1')
    await session.hearsOf('again/b/x', IN_CREATE)
    renameSync(join(root, 'again/b'), join(root, 'again/c'))
    appendFileSync(join(root, 'a/c/x'), '2')
    await session.agrees()
    assert.ok(session.model.states.has('again/c/x'))
  })

  test('a watch directory that is a bind mount is told by its own paths', async (t) => {
    const directory = new MountableDirectory(t)
    const top = directory.path
    mkdirSync(join(top, 'real/tree/a'), { recursive: true })
    const root = join(top, 'bound')
    if (!directory.mounts('bound', ['--bind', join(top, 'real/tree')])) return
    const session = await WatchSession.start(t, { root, engine: 'fanotify' })
    writeFileSync(join(root, 'a/x'), '1')
    writeFileSync(join(top, 'real/tree/a/y'), '1')
    writeFileSync(join(top, 'real/outside'), '1')
    await session.agrees()
    renameSync(join(top, 'real/tree/a'), join(top, 'real/a'))
    await session.agrees()
    renameSync(join(top, 'real/a'), join(top, 'real/tree/b'))
    await session.agrees()
    assert.deepEqual([...session.model.states.keys()].toSorted(), ['b', 'b/x', 'b/y'])
  })

  test('a watch directory at rest can be unmounted, and is lost then, not deleted', async (t) => {
    const directory = new MountableDirectory(t)
    const root = join(directory.path, 'mounted')
    if (!directory.mounts('mounted', TMPFS)) return
    writeFileSync(join(root, 'x'), '')
    const session = await WatchSession.start(t, { root, engine: 'fanotify' })
    const known = new Map(session.model.states)
    await eventually(
      () => unmounts(root),
      () => 'busy all the time',
    )
    await session.hears('root lost')
    assert.deepEqual(session.model.states, known)
  })

  test('what cannot be watched is a problem with the path, and the rest goes on', async (t) => {
    const directory = new MountableDirectory(t)
    const root = directory.path
    if (!directory.mounts('p', ['-t', 'proc', 'proc'])) return
    const rules = '-f^/p/\n-d^/p/\n'
    const session = await WatchSession.start(t, { root, engine: 'fanotify', rules })
    writeFileSync(join(root, 'x'), '')
    await session.hearsOf('x', IN_CREATE)
    const [problem] = session.problems
    assert.match(problem?.message ?? '', /cannot watch what is mounted at p: /)
    assert.match(problem?.hint ?? '', /--inotify/)
  })
}
