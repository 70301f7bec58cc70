import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmdirSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { type Libc, openLibc } from '../../../dist/watch/linux/libc.js'
import { WorkingDirectory } from '../../../dist/watch/linux/working-directory.js'
import { fastDirectory } from '../../support/fast-directory.js'
import { notOnLinux, testUnless } from '../../support/test-unless.js'
import { EngineSession } from './engine-session.js'

const IN_DONT_FOLLOW = 0x02000000
/** ext4, xfs and tmpfs: a directory has a link for each one in it. */
const COUNTING: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x01021994])

/** Something that happens to `root/leaf` while a directory is watched by name. */
interface Case {
  readonly what: string
  /** Directories that are there besides, with commas between them. */
  readonly below?: string
  /** Which directory is just watched, in the order of the walk; the first one if not given. */
  readonly at?: number
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
    what: 'has directories, and is moved within the tree',
    below: 'leaf/deep',
    happens: (root) => renameSync(join(root, 'leaf'), join(root, 'away')),
    watched: ['away', 'away/deep'],
    unwatched: [],
  },
  {
    what: 'has directories, and gives way to an empty one',
    below: 'leaf/deep',
    happens: (root, outside) => {
      renameSync(join(root, 'leaf'), join(root, 'away'))
      renameSync(join(outside, 'other/deep'), join(root, 'leaf'))
    },
    watched: ['away', 'away/deep', 'leaf'],
    unwatched: [],
  },
  {
    what: 'is in one of two that are moved',
    below: 'leaf/deep,twin/deep',
    at: 3,
    happens: (root) => {
      renameSync(join(root, 'leaf'), join(root, 'away'))
      renameSync(join(root, 'twin'), join(root, 'out'))
    },
    watched: ['away', 'away/deep', 'out', 'out/deep'],
    unwatched: [],
  },
  {
    what: 'is below one that is moved',
    below: 'leaf/deep/deeper',
    at: 2,
    happens: (root) => renameSync(join(root, 'leaf'), join(root, 'away')),
    watched: ['away', 'away/deep', 'away/deep/deeper'],
    unwatched: [],
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

testUnless(whyNotByName(), 'directories that are watched by name', () => {
  for (const moment of ['before', 'after'] as const) {
    for (const { what, below = 'leaf', at = 1, happens, watched, unwatched } of CASES) {
      test(`a directory that ${what} just ${moment} it is watched by name`, async (t) => {
        const { root, outside } = place(t)
        if (!COUNTING.has(statfsSync(root).type)) return t.skip('links tell nothing here')
        for (const path of below.split(',')) mkdirSync(join(root, path), { recursive: true })
        const named = onNamedWatch(moment, at, () => happens(root, outside))
        const session = await EngineSession.start(t, { root, libc: named.libc, crawls: false })
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
})

/** What keeps the engine from watching by name. */
const OBSTACLES: Readonly<Record<string, Partial<Libc>>> = {
  'where links tell nothing': { fstatfs: () => -1 },
  'in a sandbox without working directories for threads': { unshare: () => -1 },
  'where a directory may be listed and not searched': { fchdir: () => -1 },
}

testUnless(notOnLinux, 'directories that are not watched by name', () => {
  for (const [where, obstacle] of Object.entries(OBSTACLES)) {
    test(`${where} every directory is opened`, async (t) => {
      const { root } = place(t)
      const named = onNamedWatch('before', 1, () => undefined)
      const session = await EngineSession.start(t, { root, libc: { ...named.libc, ...obstacle } })
      assert.equal(named.times(), 0)

      writeFileSync(join(root, 'leaf/late'), '')
      await session.until(() => session.looks.has('leaf/late'))
    })
  }
})

/** Where every directory is opened, which other tests are about. */
function whyNotByName(): string | undefined {
  if (notOnLinux !== undefined) return notOnLinux
  const own = WorkingDirectory.ofThread(openLibc())
  own?.close()
  return own === undefined ? 'a sandbox forbids unshare(2)' : undefined
}

function place(t: TestContext): { readonly root: string; readonly outside: string } {
  const home = fastDirectory(t)
  const root = join(home, 'root')
  const outside = join(home, 'outside')
  mkdirSync(join(root, 'leaf'), { recursive: true })
  mkdirSync(join(outside, 'other/deep'), { recursive: true })
  return { root, outside }
}

/** Does something before or after a directory is watched by its name, the first, second, ... one. */
function onNamedWatch(
  moment: 'before' | 'after',
  at: number,
  happens: () => void,
): { readonly libc: Libc; readonly times: () => number } {
  const libc = openLibc()
  let times = 0
  const inotifyAddWatch: Libc['inotifyAddWatch'] = (fd, path, mask) => {
    const isNow = (mask & IN_DONT_FOLLOW) !== 0 && ++times === at
    if (isNow && moment === 'before') happens()
    const watch = libc.inotifyAddWatch(fd, path, mask)
    if (isNow && moment === 'after') happens()
    return watch
  }
  return { libc: { ...libc, inotifyAddWatch }, times: () => times }
}
