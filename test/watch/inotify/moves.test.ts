import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import {
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_ISDIR,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../../../dist/model/mask.js'
import { exchange } from '../../support/exchange.js'
import { fastDirectory } from '../../support/fast-directory.js'
import { EngineSession } from './engine-session.js'

interface Place {
  readonly session: EngineSession
  readonly root: string
  readonly outside: string
}

/** A watched tree `root`, with the directories given, beside `outside`. */
async function place(t: TestContext, ...directories: readonly string[]): Promise<Place> {
  const home = fastDirectory(t)
  const root = join(home, 'root')
  const outside = join(home, 'outside')
  mkdirSync(outside)
  mkdirSync(root)
  for (const path of directories) mkdirSync(join(root, path), { recursive: true })
  return { root, outside, session: await EngineSession.start(t, { root }) }
}

/** Says which paths are told when a file is written in each of these directories. */
async function toldOf(
  { session, root }: Place,
  ...directories: readonly string[]
): Promise<string[]> {
  await session.quiet()
  session.forget()
  for (const path of directories) writeFileSync(join(root, path, 'x'), 'x')
  await session.quiet()
  return [...session.looks.keys()].toSorted()
}

test('a move of a directory is told once, with the bits of the kernel at both names', async (t) => {
  const it = await place(t, 'a/b/c', 'd')
  renameSync(join(it.root, 'a/b'), join(it.root, 'd/e'))
  await it.session.quiet()

  assert.deepEqual(it.session.renames, ['a/b → d/e'])
  assert.deepEqual(
    it.session.looks,
    new Map([
      ['a/b', IN_MOVED_FROM | IN_ISDIR],
      ['d/e', IN_MOVED_TO | IN_MOVE_SELF | IN_ISDIR],
    ]),
  )
  assert.deepEqual(it.session.belows, [])
  assert.deepEqual(await toldOf(it, 'd/e', 'd/e/c'), ['d/e/c/x', 'd/e/x'])
})

test('chains of moves lead to the last place', async (t) => {
  const it = await place(t, 'a/deep', 'b')
  const chain = ['a', 'c', 'b/c', 'd', 'b/d', 'e']
  for (let at = 1; at < chain.length; at++) {
    renameSync(join(it.root, chain[at - 1] ?? ''), join(it.root, chain[at] ?? ''))
    if (at % 2 === 0) it.session.turn()
  }
  assert.deepEqual(await toldOf(it, 'e/deep', 'e'), ['e/deep/x', 'e/x'])
})

test('a directory moved over an empty one takes its place', async (t) => {
  const it = await place(t, 'a/b', 'c')
  renameSync(join(it.root, 'a'), join(it.root, 'c'))
  assert.deepEqual(await toldOf(it, 'c', 'c/b'), ['c/b/x', 'c/x'])
})

test('two directories that are exchanged are told apart, whenever they are looked at', async (t) => {
  const it = await place(t, 'a/of-a', 'b/c/of-c')
  for (let time = 0; time < 5; time++) {
    exchange(join(it.root, 'a'), join(it.root, 'b/c'))
    if (time % 2 === 0) it.session.turn()
  }
  assert.deepEqual(await toldOf(it, 'a/of-c', 'b/c/of-a'), ['a/of-c/x', 'b/c/of-a/x'])
})

test('a directory exchanged with one outside is the one that is watched', async (t) => {
  const it = await place(t, 'a/of-a')
  mkdirSync(join(it.outside, 'b/of-b'), { recursive: true })
  exchange(join(it.outside, 'b'), join(it.root, 'a'))
  await it.session.quiet()
  writeFileSync(join(it.outside, 'b/of-a/x'), '')
  assert.deepEqual(await toldOf(it, 'a', 'a/of-b'), ['a/of-b/x', 'a/x'])
})

test('of a directory moved out nothing more is told, and no watch is left', async (t) => {
  const it = await place(t, 'a/b/c')
  renameSync(join(it.root, 'a'), join(it.outside, 'a'))
  await it.session.quiet()
  assert.deepEqual(it.session.looks.get('a'), IN_MOVED_FROM | IN_MOVE_SELF | IN_ISDIR)
  assert.deepEqual(it.session.renames, [])
  it.session.forget()

  appendFileSync(join(it.outside, 'a/b/c/x'), '')
  mkdirSync(join(it.outside, 'a/b/new'))
  rmSync(join(it.outside, 'a'), { recursive: true })
  await it.session.quiet()
  assert.equal(it.session.looks.size, 0)
})

test('a directory that goes and comes back is watched where it came back', async (t) => {
  const it = await place(t, 'a/b')
  for (let time = 0; time < 10; time++) {
    renameSync(join(it.root, 'a'), join(it.outside, 'a'))
    writeFileSync(join(it.outside, `a/b/${time}`), '')
    renameSync(join(it.outside, 'a'), join(it.root, 'a'))
    if (time % 3 === 0) it.session.turn()
  }
  await it.session.quiet()
  for (let time = 0; time < 10; time++) assert.ok(it.session.looks.has(`a/b/${time}`))
  assert.deepEqual(await toldOf(it, 'a', 'a/b'), ['a/b/x', 'a/x'])
})

test('a directory deleted is told with the end of its watch, one made anew is watched', async (t) => {
  const it = await place(t, 'a')
  rmdirSync(join(it.root, 'a'))
  await it.session.quiet()
  assert.equal(it.session.looks.get('a'), IN_DELETE | IN_DELETE_SELF | IN_ISDIR)

  for (let time = 0; time < 20; time++) {
    mkdirSync(join(it.root, 'a/b'), { recursive: true })
    rmSync(join(it.root, 'a'), { recursive: true })
  }
  mkdirSync(join(it.root, 'a/b'), { recursive: true })
  await it.session.quiet()
  assert.equal((it.session.looks.get('a/b') ?? 0) & IN_CREATE, IN_CREATE)
  assert.deepEqual(await toldOf(it, 'a', 'a/b'), ['a/b/x', 'a/x'])
})

test('rules are asked for the new place of a directory and of all below it', async (t) => {
  const home = fastDirectory(t)
  for (const path of ['a/ok/deep', 'a/b', 'no']) mkdirSync(join(home, path), { recursive: true })
  const rejected = new Set(['c/b', 'no'])
  const accepts = (path: string): boolean => !rejected.has(path)
  const session = await EngineSession.start(t, { root: home, accepts })
  const it = { session, root: home, outside: '' }

  renameSync(join(home, 'a'), join(home, 'c'))
  assert.deepEqual(await toldOf(it, 'c', 'c/b', 'c/ok/deep'), ['c/ok/deep/x', 'c/x'])
  rmSync(join(home, 'no'), { recursive: true })
  renameSync(join(home, 'c/ok'), join(home, 'no'))
  assert.deepEqual(await toldOf(it, 'no', 'no/deep'), [])
  renameSync(join(home, 'no'), join(home, 'yes'))
  assert.deepEqual(await toldOf(it, 'yes/deep'), ['yes/deep/x'])

  rejected.add('yes')
  session.engine.rewatch()
  assert.deepEqual(await toldOf(it, 'yes', 'yes/deep'), [])
  rejected.clear()
  session.engine.rewatch()
  for (const path of ['', 'yes', 'yes/deep']) session.engine.cover(path)
  assert.deepEqual(await toldOf(it, 'yes/deep'), ['yes/deep/x'])
})
