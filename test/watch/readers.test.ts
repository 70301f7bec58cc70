import assert from 'node:assert/strict'
import {
  linkSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { fromBytes, toBytes } from '../../dist/model/byte-path.js'
import { emptySighting, SightingFlag } from '../../dist/model/sighting.js'
import type { Sighting } from '../../dist/model/sighting.js'
import { LinuxTreeReader } from '../../dist/watch/linux/directory-reader.js'
import { openLibc } from '../../dist/watch/linux/libc.js'
import { portableReader } from '../../dist/watch/portable-reader.js'
import type { NameKind, TreeReader } from '../../dist/watch/tree-reader.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { notOnLinux, testUnless } from '../support/test-unless.js'

const linuxReader = (root: string): TreeReader => new LinuxTreeReader(openLibc(), root)

/** Everything a reader says of a directory, by name; `''` is the directory itself. */
function sightingsIn(reader: TreeReader, directory: string): Map<string, Sighting> {
  const open = reader.open(directory)
  const names: Buffer[] = []
  const kinds: NameKind[] = []
  const found = new Map<string, Sighting>()
  const look = (name: string): void => {
    const sighting = emptySighting()
    open.look(toBytes(name), sighting)
    found.set(name, sighting)
  }
  for (let count = -1; count !== 0;) {
    count = open.next(names, kinds, 7)
    for (const name of names.slice(0, count)) look(fromBytes(name))
  }
  look('')
  open.close()
  return found
}

function makeOddTree(root: string): void {
  for (const name of ['a b', '-x', 'new\nline', 'x~', '.x.swp', 'ä', '..x', 'big', 'old']) {
    writeFileSync(join(root, name), name)
  }
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]), '')
  truncateSync(join(root, 'big'), 6_000_000_000)
  utimesSync(join(root, 'old'), 1, -1.75)
  linkSync(join(root, 'big'), join(root, 'second name'))
  symlinkSync('nowhere', join(root, 'dangling'))
  symlinkSync('.', join(root, 'loop'))
  mkdirSync(join(root, 'dir'))
}

test('both readers say the same of the same tree', { skip: notOnLinux }, (t) => {
  const root = temporaryDirectory(t)
  makeOddTree(root)
  const said = sightingsIn(portableReader(root), '')
  assert.equal(said.size, 15)
  assert.deepEqual(sightingsIn(linuxReader(root), ''), said)
})

testReader('portable', portableReader)
testUnless(notOnLinux, 'Linux', () => testReader('Linux', linuxReader))

/** What is not in the contract of all readers. */
function testReader(title: string, create: (root: string) => TreeReader): void {
  test(`${title}: a directory that is removed while it is open has no names`, (t) => {
    const root = temporaryDirectory(t)
    mkdirSync(join(root, 'dir'))
    writeFileSync(join(root, 'dir', 'x'), '')
    const open = create(root).open('dir')
    rmSync(join(root, 'dir'), { recursive: true })
    const seen = emptySighting()
    open.look(Buffer.from('x'), seen)
    assert.equal(seen.flags, SightingFlag.gone)
    open.close()
  })

  test(`${title}: a look at a gone name leaves name and mask as they were`, (t) => {
    const open = create(temporaryDirectory(t)).open('')
    const sighting = { ...emptySighting(), name: Buffer.from('kept'), mask: 5 }
    open.look(Buffer.from('missing'), sighting)
    open.close()
    assert.deepEqual([sighting.name.toString(), sighting.mask], ['kept', 5])
  })
}
