import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { asOrdinaryUser } from '../support/ordinary-user.js'
import { portableReader } from '../../dist/watch/portable-reader.js'
import type { TreeReader } from '../../dist/watch/tree-reader.js'
import { fastDirectory } from '../support/fast-directory.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { crawlToEnd } from './crawl-to-end.js'
import { sightingLines } from './packet-log.js'
import type { PacketRecord } from './packet-log.js'

function makeTree(root: string, paths: readonly string[]): void {
  for (const path of paths) {
    if (path.endsWith('/')) mkdirSync(join(root, path), { recursive: true })
    else writeFileSync(join(root, path), path)
  }
}

/** The listings, without the sighting of the crawl's top before them. */
function directoryLines(records: readonly PacketRecord[]): string[] {
  return records
    .filter((record) => record.type === 'directory')
    .map(({ path, flag }) => `${path} ${flag}`)
    .slice(1)
}

function namesSeen(records: readonly PacketRecord[]): string[] {
  return sightingLines(records).slice(1).toSorted()
}

test('a crawl tells of its top, then lists every directory whole, and says how much there was', (t) => {
  const root = temporaryDirectory(t)
  makeTree(root, ['a/b/', 'a/b/x', 'a/y', 'c/', 'z'])
  const { records } = crawlToEnd({ root })
  assert.deepEqual(directoryLines(records).toSorted(), [
    ' whole',
    'a whole',
    'a/b whole',
    'c whole',
  ])
  assert.deepEqual(
    namesSeen(records),
    ['a', 'a/b', 'a/b/x', 'a/y', 'c', 'z'].map((path) => `${path} present`),
  )
  assert.deepEqual(sightingLines(records)[0], ' present')
  assert.deepEqual(records.at(-1), { type: 'crawled', crawl: 7, directories: 4, entries: 6 })
})

test('every directory is watched before it is listed', (t) => {
  const root = temporaryDirectory(t)
  makeTree(root, ['a/b/'])
  const { calls } = crawlToEnd({ root })
  assert.deepEqual(calls, [
    'open ',
    'cover ',
    'open ',
    'cover a',
    'open a',
    'cover a/b',
    'open a/b',
  ])
})

test('directories are listed in the order of their bytes, names too', (t) => {
  const root = temporaryDirectory(t)
  makeTree(root, ['b/', 'b/2', 'b/10', 'a/z/', 'c', 'B/'])
  const { records } = crawlToEnd({ root })
  assert.deepEqual(directoryLines(records), [
    ' whole',
    'B whole',
    'a whole',
    'a/z whole',
    'b whole',
  ])
  assert.deepEqual(sightingLines(records).slice(1, 5), [
    'B present',
    'a present',
    'b present',
    'c present',
  ])
})

test('a crawl of a subtree first tells of its top, as a name of its parent', (t) => {
  const root = temporaryDirectory(t)
  makeTree(root, ['a/b/', 'a/b/x', 'c/'])
  const { records } = crawlToEnd({ root, path: 'a/b' })
  assert.deepEqual(directoryLines(records), ['a/b whole'])
  assert.deepEqual(sightingLines(records), ['a/b present', 'a/b/x present'])
})

test('a crawl of what is gone or no directory tells that and ends', (t) => {
  const root = temporaryDirectory(t)
  makeTree(root, ['file'])
  const gone = crawlToEnd({ root, path: 'a/b' })
  assert.deepEqual(sightingLines(gone.records), ['a/b gone'])
  const file = crawlToEnd({ root, path: 'file' })
  assert.deepEqual(sightingLines(file.records), ['file present'])
  for (const { records } of [gone, file]) {
    assert.deepEqual(records.at(-1), { type: 'crawled', crawl: 7, directories: 0, entries: 0 })
  }
})

test('rejected names are told as rejected, and rejected directories neither watched nor listed', (t) => {
  const root = temporaryDirectory(t)
  makeTree(root, ['no/', 'no/x', 'yes/', 'yes/no'])
  const accepts = (path: string): boolean => !path.endsWith('no')
  const { records, calls } = crawlToEnd({ root, accepts })
  assert.deepEqual(namesSeen(records), [
    'no present,rejected',
    'yes present',
    'yes/no present,rejected',
  ])
  assert.ok(!calls.includes('cover no'))
  const below = crawlToEnd({ root, accepts, path: 'no' })
  assert.deepEqual(sightingLines(below.records), ['no present,rejected'])
})

test('symlinks are told and never followed', (t) => {
  const root = temporaryDirectory(t)
  makeTree(root, ['a/'])
  symlinkSync('.', join(root, 'loop'))
  symlinkSync('nowhere', join(root, 'dangling'))
  const { records } = crawlToEnd({ root })
  assert.deepEqual(directoryLines(records).toSorted(), [' whole', 'a whole'])
  assert.deepEqual(namesSeen(records), ['a present', 'dangling present', 'loop present'])
})

test('a directory that goes, or becomes a link, after its parent was listed has vanished', (t) => {
  const root = temporaryDirectory(t)
  makeTree(root, ['gone/', 'link/', 'file/', 'stays/'])
  const { records, problems } = crawlToEnd({
    root,
    meanwhile: (_step, crawl) => {
      if (crawl.entries !== 4 || crawl.directories !== 1) return
      for (const name of ['gone', 'link', 'file']) {
        rmSync(join(root, name), { recursive: true, force: true })
      }
      rmSync(join(root, 'link'), { force: true })
      symlinkSync('stays', join(root, 'link'))
      writeFileSync(join(root, 'file'), '')
    },
  })
  assert.deepEqual(directoryLines(records).toSorted(), [
    ' whole',
    'file vanished',
    'gone vanished',
    'link vanished',
    'stays whole',
  ])
  assert.deepEqual(problems, [])
})

test('a directory that cannot be read is unreadable, is told, and the rest goes on', (t) => {
  const root = temporaryDirectory(t)
  makeTree(root, ['secret/', 'open/', 'open/x'])
  chmodSync(root, 0o755)
  chmodSync(join(root, 'secret'), 0)
  const { records, problems } = asOrdinaryUser(() => crawlToEnd({ root }))
  assert.deepEqual(directoryLines(records).toSorted(), [
    ' whole',
    'open whole',
    'secret unreadable',
  ])
  assert.deepEqual(
    problems.map(({ path, errno }) => [path, errno]),
    [['secret', 'EACCES']],
  )
})

test('names that may be listed and not looked at are unknown, which is told once', (t) => {
  const root = temporaryDirectory(t)
  makeTree(root, ['listed/', 'listed/x', 'listed/y'])
  chmodSync(root, 0o755)
  chmodSync(join(root, 'listed'), 0o444)
  const { records, problems } = asOrdinaryUser(() => crawlToEnd({ root }))
  assert.deepEqual(namesSeen(records), ['listed present', 'listed/x unknown', 'listed/y unknown'])
  assert.deepEqual(
    problems.map(({ path, errno }) => [path, errno]),
    [['listed', 'EACCES']],
  )
})

test('a directory that becomes unreadable between watch and listing is unreadable, not empty', (t) => {
  const root = temporaryDirectory(t)
  chmodSync(root, 0o777)
  const { records, problems } = asOrdinaryUser(() => {
    makeTree(root, ['a/', 'a/x', 'b/', 'b/x'])
    return crawlToEnd({ root, onCovered: (path) => path === 'a' && chmodSync(join(root, path), 0) })
  })
  assert.deepEqual(directoryLines(records).toSorted(), [' whole', 'a unreadable', 'b whole'])
  assert.deepEqual(
    problems.map(({ path, errno }) => [path, errno]),
    [['a', 'EACCES']],
  )
})

test('a listing that fails half way is no listing, and what it found is still walked', (t) => {
  const root = temporaryDirectory(t)
  makeTree(root, ['a/', 'b/'])
  const { records, problems } = crawlToEnd({ root, reader: failingAfterFirst(root) })
  assert.deepEqual(directoryLines(records).slice(0, 2), [' hints', ' unreadable'])
  assert.equal(directoryLines(records).filter((line) => line.endsWith('whole')).length, 2)
  assert.equal(problems[0]?.errno, 'EIO')
})

test('files made and deleted under a crawl do no harm, and what stays is listed', (t) => {
  const root = temporaryDirectory(t)
  const directories = Array.from({ length: 40 }, (_, index) => `d${index}/`)
  makeTree(root, [...directories, ...directories.map((directory) => `${directory}stays`)])
  const { records } = crawlToEnd({
    root,
    meanwhile: (step) => {
      writeFileSync(join(root, `new${step}`), '')
      rmSync(join(root, `new${step - 3}`), { force: true })
      const busy = join(root, `d${5 + ((step * 7) % 35)}`)
      writeFileSync(join(busy, `made${step}`), '')
      rmSync(join(busy, `made${step - 35}`), { force: true })
      if (step === 30) renameSync(join(root, 'd3'), join(root, 'd4', 'moved'))
      if (step === 40) mkdirSync(join(root, 'late'))
      if (step === 44) rmdirSync(join(root, 'late'))
    },
  })
  const listed = new Set(sightingLines(records))
  for (let index = 5; index < 40; index += 1) assert.ok(listed.has(`d${index}/stays present`))
})

test('a hundred thousand names in one directory come in parts, each once', (t) => {
  const root = fastDirectory(t)
  for (let index = 0; index < 100_000; index += 1) writeFileSync(join(root, `${index}`), '')
  const { records } = crawlToEnd({ root })
  const lines = directoryLines(records)
  assert.ok(lines.length > 4)
  assert.equal(lines[0], ' firstPart')
  assert.ok(lines.slice(1, -1).every((line) => line === ' part'))
  assert.equal(lines.at(-1), ' lastPart')
  assert.equal(new Set(namesSeen(records)).size, 100_000)
})

test('a large directory that is renamed between two parts is told no further by its old path', (t) => {
  const root = fastDirectory(t)
  mkdirSync(join(root, 'large'))
  for (let index = 0; index < 20_500; index += 1) {
    writeFileSync(join(root, 'large', `${index}`), '')
  }
  const { records } = crawlToEnd({
    root,
    meanwhile: (_step, crawl) => {
      if (crawl.partlyListed === undefined || crawl.isInside) return
      if (existsSync(join(root, 'large'))) renameSync(join(root, 'large'), join(root, 'moved'))
    },
  })
  assert.deepEqual(directoryLines(records), [' whole', 'large firstPart', 'large vanished'])
})

/** Reads, but for the rest of a listing after its first names. */
function failingAfterFirst(root: string): TreeReader {
  const reader = portableReader(root)
  return {
    open(directory) {
      const open = reader.open(directory)
      if (directory !== '') return open
      let calls = 0
      return {
        next(names, kinds, limit) {
          calls += 1
          if (calls > 1) throw Object.assign(new Error('broken'), { code: 'EIO' })
          return open.next(names, kinds, limit)
        },
        look: (name, into) => open.look(name, into),
        close: () => open.close(),
      }
    },
    rest: () => reader.rest(),
  }
}
