import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  IN_ATTRIB,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../../dist/model/mask.js'
import { Recording } from '../support/recording.ts'
import { directory, file, gone, rejected, SYMLINK, unknown } from '../support/sightings.ts'

test('hints become events with their bits, and entries', async (t) => {
  const recording = new Recording(t)
  const recorded = await recording.hints(
    '',
    file('new', { mask: IN_CREATE | IN_CLOSE_WRITE }),
    directory('d', { mask: IN_CREATE | IN_ISDIR }),
  )
  assert.deepEqual(
    { ...recorded },
    { sightings: 2, events: 2, differences: 0, owed: [], crawled: undefined },
  )
  await recording.hints('d', file('link', { mode: SYMLINK, mask: IN_CREATE }))
  assert.deepEqual(recording.events(), {
    d: 'CREATE|ISDIR',
    'd/link': 'CREATE',
    new: 'CLOSE_WRITE|CREATE',
  })
  assert.deepEqual(recording.paths(), ['d', 'd/link', 'new'])
})

test('bits of one path add up', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', file('f', { mask: IN_CREATE }))
  await recording.hints('', file('f', { mask: IN_MODIFY, size: 2 }))
  await recording.hints('', gone('f', IN_MOVED_FROM))
  assert.deepEqual(recording.events(), { f: 'MODIFY|MOVED_FROM|CREATE' })
  assert.deepEqual(recording.paths(), [])
})

test('a hint at what has not changed is silent, unless it is racy', async (t) => {
  const recording = new Recording(t)
  await recording.hints(
    '',
    file('calm', { mask: IN_CREATE }),
    file('racy', { mask: IN_CREATE, racy: true }),
  )
  await recording.deliverAll()
  const hint = IN_ATTRIB | IN_CLOSE_WRITE
  const recorded = await recording.hints(
    '',
    file('calm', { mask: hint }),
    file('racy', { mask: hint }),
    file('calm'),
  )
  assert.equal(recorded.events, 1)
  assert.deepEqual(recording.events(), { racy: 'ATTRIB|CLOSE_WRITE' })
  await recording.deliverAll()
  await recording.hints('', file('racy', { mask: hint }))
  assert.deepEqual(recording.events(), {})
})

test('a hint that something was written is told even when the look before saw its last ctime', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', file('long', { mask: IN_ATTRIB }))
  await recording.deliverAll()
  await recording.hints('', file('long', { mask: IN_MODIFY }))
  assert.deepEqual(recording.events(), { long: 'MODIFY' })
})

test('a kind change is a deletion and a creation, and takes what was below along', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('x'))
  await recording.hints('x', directory('y'))
  await recording.hints('x/y', file('z'))
  await recording.deliverAll()
  await recording.hints('', file('x'))
  assert.deepEqual(recording.events(), { x: 'CREATE|DELETE' })
  assert.deepEqual(recording.paths(), ['x'])
})

test('a directory that was a file for a while is another directory', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('x'))
  await recording.hints('x', file('old'))
  await recording.hints('', file('x'))
  await recording.hints('', directory('x', { ino: 9 }))
  await recording.hints('x', file('new'))
  assert.deepEqual(recording.paths(), ['x', 'x/new'])
  assert.equal(recording.events()['x/old'], 'CREATE|DELETE')
})

test('a new file is told without the bit of the directory that it took the place of', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', file('x', { mask: IN_CREATE | IN_DELETE | IN_ISDIR }))
  assert.deepEqual(recording.events(), { x: 'CREATE|DELETE' })
})

test('a directory that took the place of another is compared', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d', { mask: IN_CREATE }))
  await recording.hints('d', file('old', { mask: IN_CREATE }))
  const mask = IN_DELETE | IN_CREATE | IN_ISDIR
  const { owed } = await recording.hints('', directory('d', { ino: 99, mask }))
  assert.deepEqual(owed, [{ path: 'd', reason: 'directory replaced' }])
  await recording.deliverAll()
  await recording.begin('d')
  await recording.lists('d', file('new'))
  await recording.finish()
  assert.deepEqual(recording.events(), { 'd/new': 'CREATE', 'd/old': 'DELETE' })
})

test('what went is told once, with all that was below it', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d'))
  await recording.hints('d', directory('e'), file('f'))
  await recording.deliverAll()
  await recording.hints('', gone('d', IN_DELETE | IN_ISDIR))
  assert.deepEqual(recording.events(), { d: 'DELETE|ISDIR' })
  assert.deepEqual(recording.paths(), [])
  await recording.hints('d', gone('f', IN_DELETE))
  assert.deepEqual(recording.events(), { d: 'DELETE|ISDIR' }, 'f went with d')
})

test('what came and went unseen is silent, unless a comparison is owed there', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d', { mask: IN_CREATE }))
  await recording.deliverAll()
  const flash = IN_CREATE | IN_DELETE
  await recording.hints('d', gone('flash', flash))
  assert.deepEqual(recording.events(), {})
  await recording.record((writer) => writer.below('d', 'overflow'))
  await recording.hints('d', gone('flash', flash))
  await recording.hints('', gone('elsewhere', flash))
  assert.deepEqual(recording.events(), { 'd/flash': 'CREATE|DELETE' })
})

test('what the rules reject is forgotten without a word', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d'), file('f'))
  await recording.hints('d', file('x'))
  await recording.deliverAll()
  await recording.hints('', rejected(directory('d')), rejected(file('f', { mask: IN_MODIFY })))
  await recording.hints('', rejected(file('never known', { mask: IN_CREATE })))
  await recording.hints('', rejected(gone('never known', IN_DELETE)))
  assert.deepEqual(recording.events(), {})
  assert.deepEqual(recording.paths(), [])
})

test('a recorded path that the rules reject by now is told when it goes', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', file('f'))
  await recording.deliverAll()
  await recording.hints('', rejected(gone('f', IN_DELETE)))
  assert.deepEqual(recording.events(), { f: 'DELETE' })
})

test('where lstat cannot say, the script is told to look itself', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', file('f'))
  await recording.deliverAll()
  await recording.hints('', unknown('f', IN_MODIFY), unknown('other'))
  assert.deepEqual(recording.events(), { f: 'MODIFY' })
  assert.deepEqual(recording.paths(), ['f'])
})

test('a hint below a directory that was not seen yet makes a place for it, then it is told', async (t) => {
  const recording = new Recording(t)
  await recording.hints('a/b', file('f', { mask: IN_CREATE }))
  assert.deepEqual(recording.paths(), ['a', 'a/b', 'a/b/f'])
  assert.deepEqual(recording.events(), { 'a/b/f': 'CREATE' })
  await recording.hints('', directory('a'))
  await recording.hints('a', directory('b', { mask: IN_CREATE }))
  assert.deepEqual(recording.events(), {
    a: 'CREATE|ISDIR',
    'a/b': 'CREATE|ISDIR',
    'a/b/f': 'CREATE',
  })
  assert.deepEqual(recording.paths(), ['a', 'a/b', 'a/b/f'])
})

test('a hint at a directory itself is one at its name', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d', { ino: 5 }))
  await recording.deliverAll()
  await recording.hints(
    'd',
    directory('', { ino: 5, mode: 0o040700, ctime: 2_000, mask: IN_ATTRIB }),
  )
  assert.deepEqual(recording.events(), { d: 'ATTRIB|ISDIR' })
  await recording.hints('d', gone('', IN_DELETE_SELF))
  assert.deepEqual(recording.events(), { d: 'ATTRIB|DELETE|DELETE_SELF|ISDIR' })
})

test('the watch directory is told when its mode changes, but is never gone or another (P6)', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('', { ino: 1 }))
  await recording.hints('', file('f'))
  await recording.deliverAll()
  await recording.hints('', gone('', IN_DELETE_SELF), directory('', { ino: 2, mask: IN_CREATE }))
  const { owed } = await recording.hints('', unknown('', IN_ATTRIB))
  assert.deepEqual(recording.events(), {})
  assert.deepEqual(owed, [])
  assert.deepEqual(recording.paths(), ['f'])
  await recording.hints('', directory('', { ino: 1, mode: 0o040700, ctime: 2, mask: IN_ATTRIB }))
  assert.deepEqual(recording.events(), { '': 'ATTRIB|ISDIR' })
})

test('a file that grows big, or small again, changes its class; one that goes is ordinary', async (t) => {
  const recording = new Recording(t)
  await recording.hints(
    '',
    file('f', { mask: IN_CREATE }),
    file('b', { size: 5_000, mask: IN_CREATE }),
  )
  assert.deepEqual(recording.events(), { b: 'CREATE big', f: 'CREATE' })
  await recording.hints('', file('f', { size: 1_001, mask: IN_MODIFY }))
  assert.deepEqual(recording.events(), { b: 'CREATE big', f: 'MODIFY|CREATE big' })
  await recording.hints('', file('f', { size: 1_000, mask: IN_MODIFY }))
  assert.deepEqual(recording.events(), { b: 'CREATE big', f: 'MODIFY|CREATE' })
  await recording.hints('', gone('b', IN_DELETE))
  assert.deepEqual(recording.events(), { b: 'CREATE|DELETE', f: 'MODIFY|CREATE' })
})

test('only regular files are big', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d', { size: 5_000, mask: IN_CREATE }))
  await recording.hints('', file('l', { mode: SYMLINK, size: 5_000, mask: IN_CREATE }))
  assert.deepEqual(recording.events(), { d: 'CREATE|ISDIR', l: 'CREATE' })
})

test('names keep their bytes', async (t) => {
  const recording = new Recording(t)
  const names = ['\xff', '\xfe', '\xef\xbf\xbd', 'new\nline', ' ', '\xc3\xa9', '%_\'"', '-n', '\\']
  await recording.hints('', directory('\xff\xff'))
  await recording.hints('\xff\xff', ...names.map((name) => file(name, { mask: IN_MOVED_TO })))
  await recording.deliverAll()
  await recording.hints('\xff\xff', ...names.map((name) => file(name, { mask: IN_MOVED_TO })))
  assert.deepEqual(recording.events(), {}, 'all are known')
  await recording.hints('\xff\xff', gone('\xfe', IN_DELETE))
  assert.deepEqual(Object.keys(recording.events()), ['\xff\xff/\xfe'])
  assert.equal(recording.entries().size, names.length)
})

test('the one who debugs hears of every hint, also of those that changed nothing', async (t) => {
  const recording = new Recording(t)
  const heard: string[] = []
  const { PacketWriter } = await import('../../dist/model/packet.js')
  const writer = new PacketWriter()
  writer.directory('', 0)
  writer.sighting(file('f', { mask: IN_CREATE }))
  writer.sighting(file('f', { mask: IN_CLOSE_WRITE }))
  await recording.queue.record(writer.take(), () => ({
    now: 0,
    reconcile: undefined,
    onHint: (path, mask, changed) => heard.push(`${path} ${mask} ${changed}`),
  }))
  assert.deepEqual(heard, ['f 256 true', 'f 8 false'])
})
