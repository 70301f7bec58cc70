import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

import Database from 'better-sqlite3'

/** One bad case: a tree, what becomes of it while nobody watches, and what has to be told. */
export interface UnseenCase {
  /** Also the name of its directory. */
  readonly name: string
  readonly make: (path: (name: string) => string) => void | Promise<void>
  /** May also change what the database of the daemon, which is down, remembers. */
  readonly change: (path: (name: string) => string, db: string) => void | Promise<void>
  /** Names of bits by path below the case's directory; `*` for any, `?` for any or not told. */
  readonly told: Readonly<Record<string, string>>
  readonly skip?: string | false
}

const CHANGED = 'MODIFY|CLOSE_WRITE'
const PERHAPS_CHANGED = 'MODIFY|ATTRIB|CLOSE_WRITE'
const isRoot = process.getuid?.() === 0
const noFifo = spawnSync('mkfifo', ['--version']).error !== undefined && 'there is no mkfifo here'

export const UNSEEN_CASES: readonly UnseenCase[] = [
  {
    name: 'nothing happens',
    make: (path) => writeTree(path, 'd/file', 'file'),
    change: () => undefined,
    told: {},
  },
  {
    name: 'files are made, changed and deleted',
    make: (path) => writeTree(path, 'changed', 'deleted', 'same'),
    change(path) {
      writeFileSync(path('changed'), 'longer than before')
      rmSync(path('deleted'))
      writeFileSync(path('made'), '')
    },
    told: { changed: CHANGED, deleted: 'DELETE', made: 'CREATE' },
  },
  {
    name: 'a directory is moved away and back',
    make: (path) => writeTree(path, 'd/file', 'd/e/deep', 'other/file'),
    change(path) {
      renameSync(path('d'), path('elsewhere'))
      renameSync(path('elsewhere'), path('d'))
    },
    told: { d: 'ATTRIB|ISDIR' },
  },
  {
    name: 'a directory is replaced by a file and back',
    make: (path) => writeTree(path, 'd/kept name', 'd/gone', 'd/e/deep'),
    change(path) {
      rmSync(path('d'), { recursive: true })
      writeFileSync(path('d'), '')
      rmSync(path('d'))
      writeTree(path, 'd/kept name', 'd/new')
    },
    told: {
      // Where inodes are used again at once nothing tells it from the old one.
      d: '?',
      'd/kept name': '*',
      'd/gone': 'DELETE',
      'd/e': 'DELETE|ISDIR',
      'd/new': 'CREATE',
    },
  },
  {
    name: 'an inode is used again for a file of the same size',
    make: (path) => writeTree(path, 'file'),
    change(path, db) {
      const before = lstatSync(path('file'))
      rmSync(path('file'))
      writeFileSync(path('file'), 'FILE')
      const { ino, size } = lstatSync(path('file'))
      assert.equal(size, before.size)
      // Only some file systems do it at once.
      if (ino !== before.ino) rememberInode(db, before.ino, ino)
    },
    told: { file: CHANGED },
  },
  {
    name: 'an mtime is set back',
    make: (path) => writeTree(path, 'file', 'd/'),
    change(path) {
      utimesSync(path('file'), 1_000, 1_000)
      utimesSync(path('d'), 1_000, 1_000)
    },
    told: { file: CHANGED, d: 'ATTRIB|ISDIR' },
  },
  {
    name: 'content changes, size and mtime are restored',
    make(path) {
      writeTree(path, 'file')
      utimesSync(path('file'), 1_000, 1_000)
    },
    change(path) {
      writeFileSync(path('file'), 'FILE')
      utimesSync(path('file'), 1_000, 1_000)
    },
    told: { file: PERHAPS_CHANGED },
  },
  {
    name: 'a directory is renamed',
    make: (path) => writeTree(path, 'old/a', 'old/b/c', 'old/b/d'),
    change: (path) => renameSync(path('old'), path('new')),
    told: {
      old: 'DELETE|ISDIR',
      new: 'CREATE|ISDIR',
      'new/a': 'CREATE',
      'new/b': 'CREATE|ISDIR',
      'new/b/c': 'CREATE',
      'new/b/d': 'CREATE',
    },
  },
  {
    name: 'two directories change places',
    make: (path) => writeTree(path, 'one/a', 'one/both', 'two/b', 'two/both'),
    change(path) {
      renameSync(path('one'), path('three'))
      renameSync(path('two'), path('one'))
      renameSync(path('three'), path('two'))
    },
    told: {
      one: 'CREATE|DELETE|ISDIR',
      'one/a': 'DELETE',
      'one/b': 'CREATE',
      'one/both': `${CHANGED}|CREATE`,
      two: 'CREATE|DELETE|ISDIR',
      'two/a': 'CREATE',
      'two/b': 'DELETE',
      'two/both': `${CHANGED}|CREATE`,
    },
  },
  {
    name: 'hard links are made, written through and removed',
    make(path) {
      writeTree(path, 'one', 'single', 'first')
      linkSync(path('one'), path('other'))
      linkSync(path('first'), path('second'))
    },
    change(path) {
      writeFileSync(path('other'), 'longer than before')
      linkSync(path('single'), path('its link'))
      rmSync(path('second'))
    },
    told: {
      one: CHANGED,
      other: CHANGED,
      single: PERHAPS_CHANGED,
      'its link': 'CREATE',
      first: PERHAPS_CHANGED,
      second: 'DELETE',
    },
  },
  {
    name: 'links are made, pointed elsewhere and replaced by what they point to',
    make(path) {
      writeTree(path, 'd/file')
      for (const name of ['moved', 'gone', 'to d']) symlinkSync('d', path(name))
    },
    change(path) {
      for (const name of ['moved', 'gone', 'to d']) rmSync(path(name))
      symlinkSync('nowhere', path('moved'))
      mkdirSync(path('to d'))
      symlinkSync('.', path('loop'))
    },
    told: { moved: '*', gone: 'DELETE', 'to d': 'CREATE|DELETE|ISDIR', loop: 'CREATE' },
  },
  {
    name: 'FIFOs and sockets come and go',
    skip: noFifo,
    async make(path) {
      spawnSync('mkfifo', [path('fifo'), path('same fifo'), path('to file')])
      await makeSocket(path('socket'))
    },
    async change(path) {
      for (const name of ['fifo', 'socket', 'to file']) rmSync(path(name))
      writeFileSync(path('to file'), '')
      spawnSync('mkfifo', [path('new fifo')])
      await makeSocket(path('new socket'))
    },
    told: {
      fifo: 'DELETE',
      socket: 'DELETE',
      'to file': 'CREATE|DELETE',
      'new fifo': 'CREATE',
      'new socket': 'CREATE',
    },
  },
  {
    name: 'devices come and go',
    skip: isRoot ? false : 'only root can make devices',
    make: (path) => void spawnSync('mknod', [path('null'), 'c', '1', '3']),
    change(path) {
      rmSync(path('null'))
      spawnSync('mknod', [path('zero'), 'c', '1', '5'])
    },
    told: { null: 'DELETE', zero: 'CREATE' },
  },
]

/** Makes files of four bytes, and directories for them; a name ending in a slash is a directory. */
function writeTree(path: (name: string) => string, ...names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(join(path(name), name.endsWith('/') ? '.' : '..'), { recursive: true })
    if (!name.endsWith('/')) writeFileSync(path(name), 'file')
  }
}

/** As if the one file with this inode had had another when it was looked at. */
function rememberInode(db: string, from: number, to: number): void {
  const connection = new Database(db)
  try {
    const update = connection.prepare('UPDATE entry SET ino = ? WHERE ino = ?')
    assert.equal(update.run(to, from).changes, 1)
  } finally {
    connection.close()
  }
}

/** A socket that nobody listens on any more. */
async function makeSocket(path: string): Promise<void> {
  const beside = `${path}.bound`
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(beside, resolve)
  })
  // Closing would remove it by its first name.
  renameSync(beside, path)
  await new Promise((resolve) => server.close(resolve))
}
