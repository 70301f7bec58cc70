import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { temporaryDirectory } from '../../support/temporary-directory.js'
import { testUnless } from '../../support/test-unless.js'
import { whyNoFanotify } from './availability.js'
import { DirectEngine } from './direct-engine.js'

testUnless(await whyNoFanotify(), 'fanotify that is read late', lateTests)

/** Everything has happened, and more since, before the engine reads the first event. */
function lateTests(): void {
  test('names in directories that are gone are told with their paths', async (t) => {
    const root = temporaryDirectory(t)
    mkdirSync(join(root, 'a/b/c'), { recursive: true })
    for (const path of ['a/x', 'a/b/y', 'a/b/c/z']) writeFileSync(join(root, path), '')
    const direct = await DirectEngine.start(t, root)
    rmSync(join(root, 'a'), { recursive: true })
    assert.deepEqual(Object.fromEntries(direct.drain()), {
      a: 'DELETE|DELETE_SELF|ISDIR',
      'a/x': 'DELETE',
      'a/b': 'DELETE|DELETE_SELF|ISDIR',
      'a/b/y': 'DELETE',
      'a/b/c': 'DELETE|DELETE_SELF|ISDIR',
      'a/b/c/z': 'DELETE',
    })
  })

  test('a tree that came and went outside is told to nobody', async (t) => {
    const top = temporaryDirectory(t)
    mkdirSync(join(top, 'root'))
    const direct = await DirectEngine.start(t, join(top, 'root'))
    mkdirSync(join(top, 'out/a/b'), { recursive: true })
    writeFileSync(join(top, 'out/a/b/x'), '')
    renameSync(join(top, 'out/a'), join(top, 'out/c'))
    rmSync(join(top, 'out'), { recursive: true })
    assert.equal(direct.drain().size, 0)
    assert.deepEqual(direct.others, [])
  })

  test('what left a directory before that was deleted has come from its path', async (t) => {
    const root = temporaryDirectory(t)
    mkdirSync(join(root, 'a/d'), { recursive: true })
    writeFileSync(join(root, 'a/x'), '')
    const direct = await DirectEngine.start(t, root)
    renameSync(join(root, 'a/x'), join(root, 'y'))
    renameSync(join(root, 'a/d'), join(root, 'e'))
    rmSync(join(root, 'a'), { recursive: true })
    const told = direct.drain()
    assert.equal(told.get('y'), 'MOVED_TO')
    assert.equal(told.get('a/x'), 'MOVED_FROM')
    assert.equal(told.get('a/d'), 'MOVED_FROM|ISDIR')
    assert.deepEqual(direct.others, ['below e directory moved'])
  })

  test('a path that is too long for the kernel to tell is compared from where it is not', async (t) => {
    const root = temporaryDirectory(t)
    const name = 'd'.repeat(250)
    const before = process.cwd()
    process.chdir(root)
    for (let depth = 0; depth < 20; depth += 1) {
      mkdirSync(name)
      process.chdir(name)
    }
    const direct = await DirectEngine.start(t, root)
    for (const file of ['x', 'y']) {
      writeFileSync(file, '')
      assert.equal(direct.drain().size, 0)
    }
    assert.equal(direct.others.length, 2)
    process.chdir(before)
    // Node cannot remove such paths.
    execFileSync('rm', ['-rf', join(root, name)])
    assert.match(direct.others[1] ?? '', /^below (d{250}\/){10,16}d{250} watch lost$/)
  })

  test('of two names of a file the one that was used is told', async (t) => {
    const root = temporaryDirectory(t)
    for (const name of ['a', 'b']) mkdirSync(join(root, name))
    writeFileSync(join(root, 'a/x'), '')
    linkSync(join(root, 'a/x'), join(root, 'b/y'))
    const direct = await DirectEngine.start(t, root)
    appendFileSync(join(root, 'b/y'), '1')
    assert.deepEqual(Object.fromEntries(direct.drain()), { 'b/y': 'MODIFY|CLOSE_WRITE' })
    rmSync(join(root, 'a/x'))
    appendFileSync(join(root, 'b/y'), '2')
    const told = direct.drain()
    assert.deepEqual(Object.fromEntries(told), { 'a/x': 'DELETE', 'b/y': 'MODIFY|CLOSE_WRITE' })
  })

  test('a watch directory that was renamed is lost, and nothing of it is told any more', async (t) => {
    const top = temporaryDirectory(t)
    const root = join(top, 'root')
    mkdirSync(join(root, 'a'), { recursive: true })
    const direct = await DirectEngine.start(t, root)
    writeFileSync(join(root, 'a/before'), '')
    assert.deepEqual([...direct.drain().keys()], ['a/before'])
    renameSync(root, join(top, 'other'))
    mkdirSync(join(root, 'a'), { recursive: true })
    for (const at of ['root', 'other']) writeFileSync(join(top, at, 'a/after'), '')
    assert.equal(direct.drain().size, 0)
    assert.deepEqual(direct.others, ['the watch directory was moved'])
  })

  test('what is above the watch directory may be renamed, and renamed back', async (t) => {
    const top = temporaryDirectory(t)
    mkdirSync(join(top, 'above/root/a'), { recursive: true })
    const direct = await DirectEngine.start(t, join(top, 'above/root'))
    writeFileSync(join(top, 'above/root/a/x'), '')
    direct.drain()
    renameSync(join(top, 'above'), join(top, 'elsewhere'))
    writeFileSync(join(top, 'elsewhere/root/a/y'), '')
    assert.deepEqual([...direct.drain().keys()], ['a/y'])
    renameSync(join(top, 'elsewhere'), join(top, 'above'))
    writeFileSync(join(top, 'above/root/a/z'), '')
    assert.deepEqual([...direct.drain().keys()], ['a/z'])
    assert.deepEqual(direct.others, [])
  })
}
