import assert from 'node:assert/strict'
import { test } from 'node:test'

import { IN_CREATE, IN_DELETE } from '../../dist/model/mask.js'
import { DirectoryFlag } from '../../dist/model/packet.js'
import { Recording } from '../support/recording.ts'
import { directory, file, gone, writeDirectory } from '../support/sightings.ts'

/** a/b/c/f with a file beside each. */
async function deepTree(recording: Recording): Promise<void> {
  await recording.hints('', directory('a'), directory('z'))
  await recording.hints('a', directory('b'), file('1'))
  await recording.hints('a/b', directory('c'), file('2'))
  await recording.hints('a/b/c', file('f'), file('3'))
  await recording.deliverAll()
}

test('a directory moves with all that is below it, of which no row is written', async (t) => {
  const recording = new Recording(t)
  await deepTree(recording)
  const before = recording.entries()
  const { owed } = await recording.record((writer) => writer.renamed('a', 'z/moved'))
  const after = recording.entries()
  for (const [path, row] of before) {
    if (path === 'z') continue
    const moved = after.get(path.replace(/^a/, 'z/moved'))
    assert.equal(moved?.number, row.number, path)
    if (path !== 'a') assert.equal(moved?.directory, row.directory, path)
  }
  assert.equal(after.size, before.size)
  assert.deepEqual(recording.events(), { a: 'MOVED_FROM|ISDIR', 'z/moved': 'MOVED_TO|ISDIR' })
  assert.deepEqual(owed, [{ path: 'z/moved', reason: 'directory moved' }])
  assert.equal(recording.queue.owed.find('z/moved')?.tellAll, true)
})

test('after a move, names are found under the new path at once', async (t) => {
  const recording = new Recording(t)
  await deepTree(recording)
  await recording.record((writer) => {
    writer.renamed('a', 'z/moved')
    writer.renamed('z/moved/b', 'b')
    writer.directory('b/c', 0)
    writer.sighting(file('f', { mask: IN_CREATE }))
    writer.sighting(file('new', { mask: IN_CREATE }))
  })
  assert.deepEqual(recording.paths(), [
    'b',
    'b/2',
    'b/c',
    'b/c/3',
    'b/c/f',
    'b/c/new',
    'z',
    'z/moved',
    'z/moved/1',
  ])
  assert.equal(recording.events()['b/c/new'], 'CREATE')
  assert.equal(recording.events()['b/c/f'], undefined, 'it has not changed')
})

test('what was at the new place is told as gone, with all that was below it', async (t) => {
  const recording = new Recording(t)
  await deepTree(recording)
  await recording.hints('z', file('stale'))
  await recording.deliverAll()
  await recording.record((writer) => writer.renamed('a', 'z'))
  assert.deepEqual(recording.events(), {
    a: 'MOVED_FROM|ISDIR',
    z: 'MOVED_TO|ISDIR',
    'z/stale': 'DELETE',
  })
  assert.ok(!recording.entries().has('z/stale'))
})

test('a swap of two directories keeps both', async (t) => {
  const recording = new Recording(t)
  await deepTree(recording)
  await recording.hints('z', file('in z'))
  await recording.record((writer) => {
    writer.renamed('a', 'between')
    writer.renamed('z', 'a')
    writer.renamed('between', 'z')
  })
  assert.deepEqual(recording.paths(), [
    'a',
    'a/in z',
    'z',
    'z/1',
    'z/b',
    'z/b/2',
    'z/b/c',
    'z/b/c/3',
    'z/b/c/f',
  ])
})

test('moves of what nobody saw, or to where it is, do no harm', async (t) => {
  const recording = new Recording(t)
  await deepTree(recording)
  const before = recording.paths()
  await recording.record((writer) => {
    writer.renamed('never/seen', 'q')
    writer.renamed('a', 'a')
  })
  assert.deepEqual(
    recording.paths().filter((path) => path !== 'q'),
    before,
  )
})

test('a directory that is said to be below itself has made room for another one, and nothing ends there', async (t) => {
  const recording = new Recording(t)
  await deepTree(recording)
  await recording.record((writer) => writer.renamed('a', 'a/b/moved'))
  const moved = ['1', 'b', 'b/2', 'b/c', 'b/c/3', 'b/c/f'].map((path) => `a/b/moved/${path}`)
  assert.deepEqual(recording.paths(), ['a', 'a/b', 'a/b/moved', ...moved, 'z'])
  await recording.hints('', gone('a', IN_DELETE), directory('a', { mask: IN_CREATE, ino: 99 }))
  await recording.deliverAll()
  assert.deepEqual(recording.paths(), ['a', 'z'])
})

test('who moves into a moved directory, where nothing was, is not told as gone from its old place', async (t) => {
  const recording = new Recording(t)
  await deepTree(recording)
  await recording.record((writer) => {
    writer.renamed('a/b', 'b')
    writer.renamed('z', 'b/z')
  })
  assert.equal(recording.events()['a/b/z'], undefined, 'it was never there')
  assert.equal(recording.events()['a/b'], 'MOVED_FROM|ISDIR')
})

test('ten thousand directories are renamed in the time of a few', async (t) => {
  const recording = new Recording(t)
  const names = Array.from({ length: 10_000 }, (_, index) => `d${index}`)
  await recording.record((writer) => {
    writer.directory('', DirectoryFlag.hints)
    for (const name of names) writer.sighting(directory(name))
    for (const name of names) writeDirectory(writer, name, DirectoryFlag.hints, [file('f')])
  })
  const began = performance.now()
  await recording.record((writer) => {
    for (const name of names) writer.renamed(name, `${name} renamed`)
  })
  const tookMs = performance.now() - began
  t.diagnostic(`${Math.round(tookMs)} ms`)
  assert.ok(tookMs < 10_000, `${tookMs} ms`)
  assert.ok(recording.entries().has('d9999 renamed/f'))
})
