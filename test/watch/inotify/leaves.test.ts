import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { type Libc, openLibc } from '../../../dist/watch/linux/libc.js'
import { fastDirectory } from '../../support/fast-directory.js'
import { EngineSession } from './engine-session.js'

const IN_DONT_FOLLOW = 0x02000000

/** Something that happens to `root/leaf`, a directory without others in it, while it is watched. */
interface Case {
  readonly what: string
  readonly happens: (root: string, outside: string) => void
  /** Directories in which a change is told afterwards. */
  readonly watched: readonly string[]
  /** Directories, relative to the root, in which it is not. */
  readonly unwatched: readonly string[]
}

const CASES: readonly Case[] = [
  {
    what: 'gets a directory',
    happens: (root) => mkdirSync(join(root, 'leaf/new')),
    watched: ['leaf', 'leaf/new'],
    unwatched: [],
  },
  {
    what: 'is moved within the tree',
    happens: (root) => renameSync(join(root, 'leaf'), join(root, 'away')),
    watched: ['away'],
    unwatched: [],
  },
  {
    what: 'is moved within the tree, and another one takes its place',
    happens: (root, outside) => {
      renameSync(join(root, 'leaf'), join(root, 'away'))
      renameSync(join(outside, 'other'), join(root, 'leaf'))
    },
    watched: ['away', 'leaf', 'leaf/deep'],
    unwatched: [],
  },
  {
    what: 'is moved out, and another one takes its place',
    happens: (root, outside) => {
      renameSync(join(root, 'leaf'), join(outside, 'away'))
      renameSync(join(outside, 'other'), join(root, 'leaf'))
    },
    watched: ['leaf', 'leaf/deep'],
    unwatched: ['../outside/away'],
  },
  {
    what: 'is deleted, and made anew',
    happens: (root) => {
      rmdirSync(join(root, 'leaf'))
      mkdirSync(join(root, 'leaf/new'), { recursive: true })
    },
    watched: ['leaf', 'leaf/new'],
    unwatched: [],
  },
  {
    what: 'gives way to a link',
    happens: (root) => {
      rmdirSync(join(root, 'leaf'))
      symlinkSync('../outside/other', join(root, 'leaf'))
    },
    watched: [''],
    unwatched: ['../outside/other', '../outside/other/deep'],
  },
  {
    what: 'gives way to a file',
    happens: (root) => {
      rmdirSync(join(root, 'leaf'))
      writeFileSync(join(root, 'leaf'), '')
    },
    watched: [''],
    unwatched: [],
  },
]

for (const moment of ['before', 'after'] as const) {
  for (const { what, happens, watched, unwatched } of CASES) {
    test(`a directory that ${what} just ${moment} it is watched by name`, async (t) => {
      const { root, outside } = place(t)
      const named = onNamedWatch(moment, () => happens(root, outside))
      const session = await EngineSession.start(t, { root, libc: named.libc })
      assert.ok(named.times() > 0, 'none was watched by name')
      await session.quiet()
      session.forget()

      for (const path of [...watched, ...unwatched]) writeFileSync(join(root, path, 'late'), '')
      await session.quiet()

      const told = [...session.looks.keys()].sort()
      assert.deepEqual(told, watched.map((path) => join(path, 'late')).sort())
    })
  }
}

/** What keeps the engine from watching by name. */
const OBSTACLES: Readonly<Record<string, Partial<Libc>>> = {
  'where links tell nothing': { fstatfs: () => -1 },
  'in a sandbox without working directories for threads': { unshare: () => -1 },
  'where a directory may be listed and not searched': { fchdir: () => -1 },
}

for (const [where, obstacle] of Object.entries(OBSTACLES)) {
  test(`${where} every directory is opened`, async (t) => {
    const { root } = place(t)
    const named = onNamedWatch('before', () => undefined)
    const session = await EngineSession.start(t, { root, libc: { ...named.libc, ...obstacle } })
    assert.equal(named.times(), 0)

    writeFileSync(join(root, 'leaf/late'), '')
    await session.until(() => session.looks.has('leaf/late'))
  })
}

function place(t: TestContext): { readonly root: string; readonly outside: string } {
  const home = fastDirectory(t)
  const root = join(home, 'root')
  const outside = join(home, 'outside')
  mkdirSync(join(root, 'leaf'), { recursive: true })
  mkdirSync(join(outside, 'other/deep'), { recursive: true })
  return { root, outside }
}

/** Does something before or after the first directory is watched by its name. */
function onNamedWatch(
  moment: 'before' | 'after',
  happens: () => void,
): { readonly libc: Libc; readonly times: () => number } {
  const libc = openLibc()
  let times = 0
  const inotifyAddWatch: Libc['inotifyAddWatch'] = (fd, path, mask) => {
    const isFirst = (mask & IN_DONT_FOLLOW) !== 0 && times++ === 0
    if (isFirst && moment === 'before') happens()
    const watch = libc.inotifyAddWatch(fd, path, mask)
    if (isFirst && moment === 'after') happens()
    return watch
  }
  return { libc: { ...libc, inotifyAddWatch }, times: () => times }
}
