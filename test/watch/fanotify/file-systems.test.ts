import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { IN_CLOSE_WRITE, IN_CREATE } from '../../../dist/model/mask.js'
import { DiskImage, type FileSystem, whyNoImage } from '../../support/disk-image.js'
import { MountableDirectory, TMPFS } from '../../support/mounts.js'
import { testUnless } from '../../support/test-unless.js'
import { WatchSession } from '../watch-session.js'
import { whyNoFanotify } from './availability.js'
import { DirectEngine } from './direct-engine.js'

const DISKS: readonly FileSystem[] = ['ext4', 'xfs', 'btrfs']

testUnless(await whyNoFanotify(), 'fanotify on each file system', fileSystemTests)

function fileSystemTests(): void {
  test('tmpfs: what is told leads to what is there', async (t) => {
    const directory = new MountableDirectory(t)
    if (!directory.mounts('disk', TMPFS)) return
    const session = await sessionOn(t, join(directory.path, 'disk'))
    await liveOn(session)
  })

  for (const fileSystem of DISKS) {
    test(
      `${fileSystem}: what is told leads to what is there`,
      { skip: whyNoImage(fileSystem) },
      async (t) => {
        const { directory } = new DiskImage(t, fileSystem)
        await liveOn(await sessionOn(t, directory))
      },
    )
  }

  test('btrfs: subvolumes are watched with the tree', { skip: whyNoImage('btrfs') }, async (t) => {
    const { directory } = new DiskImage(t, 'btrfs')
    mkdirSync(join(directory, 'tree'))
    subvolume(join(directory, 'tree/sub'))
    const session = await sessionOn(t, directory)
    const at = (...names: string[]): string[] => names.map((name) => join(session.root, name))
    writeFileSync(join(session.root, 'sub/x'), '1')
    await session.hearsOf('sub/x', IN_CREATE | IN_CLOSE_WRITE)
    subvolume(join(session.root, 'later'))
    await session.agrees()
    mkdirSync(join(session.root, 'later/a/b'), { recursive: true })
    writeFileSync(join(session.root, 'later/a/b/y'), '1')
    renameSync(join(session.root, 'later/a'), join(session.root, 'later/c'))
    renameSync(join(session.root, 'sub'), join(session.root, 'renamed'))
    await session.agrees()
    appendFileSync(join(session.root, 'renamed/x'), '2')
    await session.hearsOf('renamed/x', IN_CLOSE_WRITE)
    execFileSync('btrfs', ['subvolume', 'snapshot', ...at('later', 'snapshot')])
    await session.agrees()
    execFileSync('btrfs', ['subvolume', 'delete', ...at('later')])
    await session.agrees()
  })

  test(
    'btrfs: a watch directory in a subvolume is watched',
    { skip: whyNoImage('btrfs') },
    async (t) => {
      const { directory } = new DiskImage(t, 'btrfs')
      subvolume(join(directory, 'sub'))
      const session = await sessionOn(t, join(directory, 'sub'))
      subvolume(join(session.root, 'below'))
      writeFileSync(join(directory, 'outside'), '')
      await liveOn(session)
      rmSync(session.root, { recursive: true })
      await session.hears('root lost')
    },
  )

  test(
    'btrfs: a subvolume that is mounted alone is refused by name',
    { skip: whyNoImage('btrfs') },
    async (t) => {
      const { directory } = new DiskImage(t, 'btrfs')
      subvolume(join(directory, 'sub'))
      mkdirSync(join(directory, 'sub/tree'))
      const mountable = new MountableDirectory(t)
      const device = execFileSync('findmnt', ['-no', 'SOURCE', directory], { encoding: 'utf8' })
      const alone = ['-t', 'btrfs', '-o', 'subvol=sub', (device.split('[')[0] ?? '').trim()]
      if (!mountable.mounts('alone', alone)) return
      await assert.rejects(DirectEngine.start(t, join(mountable.path, 'alone/tree')), {
        code: 'engine',
        message: /cannot use fanotify: it is a subvolume .*\(EXDEV\)/,
        hint: /--inotify/,
      })
    },
  )
}

async function sessionOn(
  t: Parameters<typeof WatchSession.start>[0],
  disk: string,
): Promise<WatchSession> {
  const root = join(disk, 'tree')
  mkdirSync(root, { recursive: true })
  return WatchSession.start(t, { root, engine: 'fanotify' })
}

/** A little of everything, in the tree and beside it. */
async function liveOn(session: WatchSession): Promise<void> {
  const { root } = session
  for (let index = 0; index < 100; index += 1) {
    mkdirSync(join(root, `${index}/a/b`), { recursive: true })
    writeFileSync(join(root, `${index}/a/b/x`), '1')
  }
  await session.agrees()
  renameSync(join(root, '1'), join(root, 'one'))
  renameSync(join(root, '2'), join(root, '../two'))
  renameSync(join(root, '3/a'), join(root, '4/c'))
  rmSync(join(root, '5'), { recursive: true })
  appendFileSync(join(root, 'one/a/b/x'), '2')
  await session.agrees()
  renameSync(join(root, '../two'), join(root, '2'))
  appendFileSync(join(root, '4/c/b/x'), '2')
  await session.hearsOf('4/c/b/x', IN_CLOSE_WRITE)
  await session.agrees()
}

function subvolume(path: string): void {
  execFileSync('btrfs', ['-q', 'subvolume', 'create', path])
}
