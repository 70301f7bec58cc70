import assert from 'node:assert/strict'
import { test } from 'node:test'

import { IN_CREATE, IN_DELETE, IN_ISDIR, IN_MODIFY } from '../../dist/model/mask.js'
import { PacketWriter } from '../../dist/model/packet.js'
import type { Accepts, WatchProblem } from '../../dist/watch/contract.js'
import { Filter } from '../../dist/watch/filter.js'
import { Lookout } from '../../dist/watch/lookout.js'
import { Outbox } from '../../dist/watch/outbox.js'
import type { OutboxLimits } from '../../dist/watch/outbox.js'
import { FakeReader } from './fake-reader.js'
import { recordsOf, sightingLines } from './packet-log.js'
import type { PacketRecord } from './packet-log.js'

const ROOT = { path: () => '' }
const A = { path: () => 'a' }

function setUp({ reader = new FakeReader({}), accepts, limits }: SetUp = {}) {
  const problems: WatchProblem[] = []
  const filter = new Filter(() => accepts ?? (() => true), [])
  if (accepts !== undefined) filter.setRules('some')
  const writer = new PacketWriter()
  const lookout = new Lookout({
    root: '/nowhere',
    reader,
    writer,
    filter,
    problem: (problem) => problems.push(problem),
  })
  const outbox = new Outbox(limits)
  const flush = (limit = 1_000): PacketRecord[] => {
    outbox.flush(writer, lookout, limit)
    return recordsOf(writer.take())
  }
  return { outbox, flush, reader, problems }
}

interface SetUp {
  readonly reader?: FakeReader
  readonly accepts?: Accepts
  readonly limits?: OutboxLimits
}

test('hints at one name become one sighting with all their bits', () => {
  const { outbox, flush } = setUp({ reader: new FakeReader({ 'a/x': 'file' }) })
  outbox.look(A, 'x', IN_CREATE)
  outbox.look(A, 'x', IN_MODIFY)
  outbox.look(A, 'x', IN_MODIFY)
  const records = flush()
  assert.deepEqual(sightingLines(records), ['a/x present'])
  const masks = records.map((record) => (record.type === 'sighting' ? record.mask : 0))
  assert.deepEqual(masks, [0, IN_CREATE | IN_MODIFY])
  assert.equal(outbox.isEmpty, true)
})

test('a directory is opened once for all its names, and closed', () => {
  const { outbox, flush, reader } = setUp()
  for (const name of ['x', 'y', 'z']) outbox.look(A, name, 0)
  outbox.look(ROOT, 'x', 0)
  flush()
  assert.deepEqual(reader.opened, ['a', ''])
  assert.equal(reader.openNow, 0)
})

test('moves are written first, then subtrees, then sightings', () => {
  const { outbox, flush } = setUp()
  outbox.look(A, 'x', 0)
  outbox.below('c', 'overflow')
  outbox.renamed('a', 'b')
  assert.deepEqual(
    flush().map(({ type }) => type),
    ['renamed', 'below', 'directory', 'sighting'],
  )
})

test('names are told by the path their directory has when they are looked at', () => {
  const { outbox, flush } = setUp({ reader: new FakeReader({ 'b/x': 'file' }) })
  let path = 'a'
  outbox.look({ path: () => path }, 'x', IN_CREATE)
  path = 'b'
  assert.deepEqual(sightingLines(flush()), ['b/x present'])
})

test('a waiting subtree moves with its directory', () => {
  const { outbox, flush } = setUp()
  outbox.below('a/b', 'directory new')
  outbox.below('ab', 'directory new')
  outbox.renamed('a', 'c')
  const paths = flush().map((record) => (record.type === 'below' ? record.path : record.type))
  assert.deepEqual(paths, ['renamed', 'c/b', 'ab'])
})

test('a subtree below a waiting one is part of it', () => {
  const { outbox, flush } = setUp()
  outbox.below('a', 'overflow')
  outbox.below('a/b/c', 'directory new')
  assert.deepEqual(flush(), [{ type: 'below', path: 'a', reason: 'overflow' }])
})

test('a hint at the directory itself is told as a name of its parent', () => {
  const { outbox, flush } = setUp({ reader: new FakeReader({ a: 'directory' }) })
  outbox.look(A, '', IN_ISDIR)
  assert.deepEqual(sightingLines(flush()), ['a present'])
  outbox.look(ROOT, '', IN_ISDIR)
  assert.deepEqual(sightingLines(flush()), [' gone'])
})

for (const code of ['ENOENT', 'ENOTDIR', 'ELOOP']) {
  test(`all names are gone when their directory fails with ${code}`, () => {
    const { outbox, flush, reader, problems } = setUp()
    reader.errors.set('a', code)
    outbox.look(A, 'x', IN_DELETE)
    outbox.look(A, 'y', IN_DELETE)
    assert.deepEqual(sightingLines(flush()), ['a/x gone', 'a/y gone'])
    assert.deepEqual(problems, [])
  })
}

test('nothing is known of the names of a directory that cannot be opened, and that is told', () => {
  const { outbox, flush, reader, problems } = setUp()
  reader.errors.set('a', 'EACCES')
  outbox.look(A, 'x', IN_DELETE)
  assert.deepEqual(sightingLines(flush()), ['a/x unknown'])
  assert.deepEqual(
    problems.map(({ path, errno }) => [path, errno]),
    [['a', 'EACCES']],
  )
})

test('one flush takes no more names than it may, and the rest come later, each once', () => {
  const { outbox, flush } = setUp()
  for (let index = 0; index < 10; index += 1) outbox.look(index < 5 ? A : ROOT, `${index}`, 0)
  const told = [flush(4), flush(4), flush(4)].map(sightingLines)
  assert.deepEqual(
    told.map(({ length }) => length),
    [4, 4, 2],
  )
  assert.equal(new Set(told.flat()).size, 10)
  assert.equal(outbox.isEmpty, true)
})

test('names that the rules reject are told as rejected, by their real kind', () => {
  const reader = new FakeReader({ dir: 'directory', file: 'file', link: 'link' })
  const { outbox, flush } = setUp({ reader, accepts: (_path, isDirectory) => !isDirectory })
  for (const name of ['dir', 'file', 'link']) outbox.look(ROOT, name, 0)
  outbox.look(ROOT, 'gone file', IN_DELETE)
  outbox.look(ROOT, 'gone dir', IN_DELETE | IN_ISDIR)
  assert.deepEqual(sightingLines(flush()), [
    'dir present,rejected',
    'file present',
    'link present',
    'gone file gone',
    'gone dir gone,rejected',
  ])
})

test('past the limit the fullest directories become subtrees', () => {
  const { outbox, flush } = setUp({ limits: { names: 100, subtrees: 10, renames: 10 } })
  outbox.look(ROOT, 'kept', 0)
  for (let index = 0; index < 100; index += 1) outbox.look(A, `${index}`, 0)
  assert.ok(outbox.names <= 50)
  const records = flush()
  assert.deepEqual(records[0], { type: 'below', path: 'a', reason: 'too many hints' })
  assert.deepEqual(sightingLines(records), ['kept gone'])
})

test('past the limit of subtrees their parents take their place', () => {
  const { outbox, flush } = setUp({ limits: { names: 100, subtrees: 3, renames: 10 } })
  for (const path of ['a/b/1', 'a/b/2', 'a/c/1', 'a/c/2']) outbox.below(path, 'directory new')
  assert.deepEqual(
    flush().map((record) => (record.type === 'below' ? record.path : record.type)),
    ['a/b', 'a/c'],
  )
})

test('past the limit of moves the whole tree is compared', () => {
  const { outbox, flush } = setUp({ limits: { names: 100, subtrees: 10, renames: 2 } })
  for (let index = 0; index < 3; index += 1) outbox.renamed(`${index}`, `new ${index}`)
  assert.deepEqual(flush(), [
    { type: 'renamed', from: '2', to: 'new 2' },
    { type: 'below', path: '', reason: 'too many hints' },
  ])
})
