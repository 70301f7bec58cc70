import assert from 'node:assert/strict'
import { test } from 'node:test'

import { maskNames } from '../../dist/model/mask.js'
import type { Sighting } from '../../dist/model/sighting.js'
import { difference, type Entry, isOlder, isUnchanged, told } from '../../dist/queue/entry.js'
import { directory, DIRECTORY, file, type Look, SYMLINK } from '../support/sightings.ts'

/** The entry that recording this leaves. */
function entryOf(look: Look): Entry {
  const { mode, uid, ino, size, mtimeSeconds, mtimeNanos, ctimeSeconds, ctimeNanos } = file(
    'name',
    look,
  )
  const gid = 0
  const number = mode === DIRECTORY ? 2 : undefined
  const times = { mtimeSeconds, mtimeNanos, ctimeSeconds, ctimeNanos }
  return { mode, uid, gid, ino, size, ...times, racy: look.racy === true, number }
}

const CONTENT = 'MODIFY|CLOSE_WRITE'

const DIFFERENCES: ReadonlyArray<readonly [what: string, before: Look, after: Look, bits: string]> =
  [
    ['nothing', {}, {}, ''],
    ['size', {}, { size: 11, mtime: 2_000, ctime: 2_000 }, CONTENT],
    ['size alone', {}, { size: 11 }, CONTENT],
    ['content of the same size', {}, { mtime: 2_000, ctime: 2_000 }, CONTENT],
    ['mtime set back', {}, { mtime: 500, ctime: 2_000 }, CONTENT],
    ['a nanosecond', {}, { mtime: 1_000.000001, ctime: 1_000.000001 }, CONTENT],
    ['content, then mtime and size restored', {}, { ctime: 2_000 }, 'MODIFY|ATTRIB|CLOSE_WRITE'],
    ['mode', {}, { mode: 0o100600, ctime: 2_000 }, 'ATTRIB'],
    ['owner', {}, { uid: 1, ctime: 2_000 }, 'ATTRIB'],
    [
      'mode and content',
      {},
      { mode: 0o100600, size: 1, mtime: 2_000, ctime: 2_000 },
      'MODIFY|ATTRIB|CLOSE_WRITE',
    ],
    ['another file of the same size', {}, { ino: 5, ctime: 2_000 }, 'MODIFY|CLOSE_WRITE|CREATE'],
    ['inode reused', {}, { mtime: 2_000, ctime: 2_000 }, CONTENT],
    ['perhaps, in the tick of the look', { racy: true }, {}, CONTENT],
    [
      'mode, and perhaps content in the tick of the look',
      { racy: true },
      { mode: 0o100600, ctime: 2_000 },
      'MODIFY|ATTRIB|CLOSE_WRITE',
    ],
    ['file to directory', {}, { mode: DIRECTORY }, 'CREATE|DELETE|ISDIR'],
    ['directory to file', { mode: DIRECTORY }, {}, 'CREATE|DELETE'],
    ['file to link', {}, { mode: SYMLINK }, 'CREATE|DELETE'],
    [
      'directory: names in it',
      { mode: DIRECTORY },
      { mode: DIRECTORY, mtime: 2_000, ctime: 2_000 },
      '',
    ],
    [
      'directory: mtime set',
      { mode: DIRECTORY },
      { mode: DIRECTORY, mtime: 2, ctime: 2_000 },
      'ATTRIB|ISDIR',
    ],
    ['directory: mode', { mode: DIRECTORY }, { mode: 0o040700, ctime: 2_000 }, 'ATTRIB|ISDIR'],
    [
      'directory: extended attributes',
      { mode: DIRECTORY },
      { mode: DIRECTORY, ctime: 2_000 },
      'ATTRIB|ISDIR',
    ],
    [
      'directory: another one',
      { mode: DIRECTORY },
      { mode: DIRECTORY, ino: 5 },
      'CREATE|DELETE|ISDIR',
    ],
  ]

for (const [what, before, after, bits] of DIFFERENCES) {
  test(`a comparison tells ${bits || 'nothing'}: ${what}`, () => {
    assert.equal(maskNames(difference(entryOf(before), file('name', after))), bits)
  })
}

test('a comparison tells what was not known as created', () => {
  assert.equal(maskNames(difference(undefined, file('name'))), 'CREATE')
  assert.equal(maskNames(difference(undefined, directory('name'))), 'CREATE|ISDIR')
})

const HINTS: ReadonlyArray<
  readonly [what: string, before: Look | undefined, hint: number, seen: Sighting, bits: string]
> = [
  ['what it says', {}, 0x2, file('name', { size: 11 }), 'MODIFY'],
  ['chmod', {}, 0x4, file('name', { mode: 0o100600, ctime: 2_000 }), 'ATTRIB'],
  ['a link more', {}, 0x4, file('name', { ctime: 2_000 }), 'ATTRIB'],
  ['a hint to come: written', {}, 0x4, file('name', { size: 11 }), 'MODIFY|ATTRIB|CLOSE_WRITE'],
  [
    'a hint to come: replaced',
    {},
    0x200,
    file('name', { ino: 5 }),
    'MODIFY|CLOSE_WRITE|CREATE|DELETE',
  ],
  ['a hint to come: made', undefined, 0x4, file('name'), 'ATTRIB|CREATE'],
  ['the kind that is there', {}, 0x40000100, file('name', { ino: 5 }), 'CREATE'],
  ['the kind that is there', undefined, 0x100, directory('name'), 'CREATE|ISDIR'],
  [
    'names in a directory',
    { mode: DIRECTORY },
    0x4,
    directory('name', { mtime: 2 }),
    'ATTRIB|ISDIR',
  ],
]

for (const [what, before, hint, seen, bits] of HINTS) {
  test(`a hint of ${maskNames(hint)} tells ${bits}: ${what}`, () => {
    const known = before === undefined ? undefined : entryOf(before)
    assert.equal(maskNames(told(hint, known, seen)), bits)
  })
}

test('equality is trusted only of what is not racy', () => {
  assert.ok(isUnchanged(entryOf({}), file('name')))
  assert.ok(!isUnchanged(entryOf({ racy: true }), file('name')))
  for (const look of [
    { ctime: 2_000 },
    { ino: 5 },
    { size: 11 },
    { mode: 0o100600 },
    { mtime: 2 },
  ]) {
    assert.ok(!isUnchanged(entryOf({}), file('name', look)), JSON.stringify(look))
  }
})

test('what is older than an instant is so by more than a tick of the clock that stamped it', () => {
  assert.ok(isOlder(file('name', { ctime: 997.9 }), 1_000_000))
  assert.ok(!isOlder(file('name', { ctime: 999.99 }), 1_000_000))
  // Whole seconds may be of a file system that knows no others, even only even ones.
  assert.ok(!isOlder(file('name', { ctime: 999 }), 1_000_000))
  assert.ok(!isOlder(file('name', { ctime: 1 }), undefined))
  assert.ok(!isOlder(file('name', { ctime: 970, racy: true }), 1_000_000), 'a server is late')
})
