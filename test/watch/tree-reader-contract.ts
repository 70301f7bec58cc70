import assert from 'node:assert/strict'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { emptySighting, type Sighting, SightingFlag } from '../../dist/model/sighting.js'
import { NameKind, type OpenDirectory, type TreeReader } from '../../dist/watch/tree-reader.js'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** What every {@link TreeReader} has to do. */
export function testTreeReader(name: string, create: (root: string) => TreeReader): void {
  test(`${name} lists names and kinds, without dots`, (context) => {
    const root = temporaryDirectory(context)
    mkdirSync(join(root, 'directory'))
    writeFileSync(join(root, 'file'), '')
    symlinkSync('directory', join(root, 'link'))
    mkdirSync(join(root, '...'))

    withDirectory(create(root), '', (directory) => {
      assert.deepEqual(list(directory), [
        ['...', NameKind.directory],
        ['directory', NameKind.directory],
        ['file', NameKind.other],
        ['link', NameKind.other],
      ])
    })
  })

  test(`${name} keeps every byte of a name`, (context) => {
    const root = temporaryDirectory(context)
    const names = ['\n', ' ', '-rf', '\xff\xfe', '\x01', '\xc3\xa4', 'x'.repeat(255)]
    for (const odd of names) writeFileSync(bytePath(root, odd), odd)

    withDirectory(create(root), '', (directory) => {
      assert.deepEqual(
        list(directory).map(([listed]) => listed),
        names.toSorted(),
      )
      const sighting = emptySighting()
      directory.look(Buffer.from('\xff\xfe', 'latin1'), sighting)
      assert.equal(sighting.flags, SightingFlag.present)
      assert.equal(sighting.size, Buffer.byteLength('\xff\xfe'))
    })
  })

  test(`${name} hands out large directories in parts, each name once`, (context) => {
    const root = temporaryDirectory(context)
    const names = Array.from({ length: 3000 }, (_, index) => `name-${index}`)
    for (const one of names) writeFileSync(join(root, one), '')

    withDirectory(create(root), '', (directory) => {
      assert.deepEqual(
        list(directory, 7).map(([listed]) => listed),
        names.toSorted(),
      )
    })
  })

  test(`${name} sees what lstat sees, negative times too`, (context) => {
    const root = temporaryDirectory(context)
    writeFileSync(join(root, 'old'), 'four')
    chmodSync(join(root, 'old'), 0o4640)
    utimesSync(join(root, 'old'), -5.5, -5.5)

    withDirectory(create(root), '', (directory) => {
      const seen = look(directory, 'old')
      const stats = lstatSync(join(root, 'old'), { bigint: true })
      assert.equal(seen.flags, SightingFlag.present)
      assert.equal(seen.mode, Number(stats.mode))
      assert.equal(seen.uid, Number(stats.uid))
      assert.equal(seen.gid, Number(stats.gid))
      assert.equal(seen.ino, Number(stats.ino))
      assert.equal(seen.size, 4)
      assert.equal(nanoseconds(seen.mtimeSeconds, seen.mtimeNanos), stats.mtimeNs)
      assert.equal(nanoseconds(seen.ctimeSeconds, seen.ctimeNanos), stats.ctimeNs)
    })
  })

  test(`${name} looks at symlinks themselves and at the directory itself`, (context) => {
    const root = temporaryDirectory(context)
    symlinkSync('nowhere', join(root, 'dangling'))

    withDirectory(create(root), '', (directory) => {
      assert.equal(look(directory, 'dangling').mode & 0o170000, 0o120000)
      assert.equal(look(directory, '').ino, lstatSync(root).ino)
    })
  })

  test(`${name} says which names are gone`, (context) => {
    const root = temporaryDirectory(context)
    writeFileSync(join(root, 'short-lived'), '')

    withDirectory(create(root), '', (directory) => {
      assert.equal(look(directory, 'never').flags, SightingFlag.gone)
      assert.equal(look(directory, 'x'.repeat(300)).flags, SightingFlag.gone)
      rmSync(join(root, 'short-lived'))
      assert.equal(look(directory, 'short-lived').flags, SightingFlag.gone)
    })
  })

  test(`${name} follows a symlink at the root, and none below it`, (context) => {
    const outside = temporaryDirectory(context)
    mkdirSync(join(outside, 'tree', 'real', 'inner'), { recursive: true })
    symlinkSync('tree', join(outside, 'root'))
    symlinkSync('real', join(outside, 'tree', 'link'))

    const reader = create(join(outside, 'root'))
    reader.open('real/inner').close()
    for (const path of ['link', 'link/inner']) {
      assert.throws(() => reader.open(path), hasCode('ELOOP', 'ENOTDIR'))
    }
    reader.rest()
  })

  test(`${name} names the error of a directory that cannot be opened`, (context) => {
    const root = temporaryDirectory(context)
    writeFileSync(join(root, 'file'), '')
    const reader = create(root)

    assert.throws(() => reader.open('missing'), hasCode('ENOENT'))
    assert.throws(() => reader.open('file'), hasCode('ENOTDIR'))
    assert.throws(() => reader.open('file/below'), hasCode('ENOTDIR'))
    reader.rest()
    assert.throws(() => create(join(root, 'missing')), hasCode('ENOENT'))
  })
}

function withDirectory(
  reader: TreeReader,
  path: string,
  use: (directory: OpenDirectory) => void,
): void {
  const directory = reader.open(path)
  try {
    use(directory)
  } finally {
    directory.close()
    reader.rest()
  }
}

function list(directory: OpenDirectory, limit = 1000): Array<[string, NameKind]> {
  const listed: Array<[string, NameKind]> = []
  const names: Buffer[] = []
  const kinds: NameKind[] = []
  for (;;) {
    const count = directory.next(names, kinds, limit)
    if (count === 0) break
    for (let index = 0; index < count; index++) {
      listed.push([names[index]?.toString('latin1') ?? '', kinds[index] ?? NameKind.unknown])
    }
  }
  return listed.sort(([left], [right]) => (left < right ? -1 : 1))
}

function look(directory: OpenDirectory, name: string): Sighting {
  const sighting = emptySighting()
  directory.look(Buffer.from(name, 'latin1'), sighting)
  return sighting
}

function bytePath(root: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')])
}

function nanoseconds(seconds: number, nanos: number): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos)
}

function hasCode(...codes: readonly string[]): (error: unknown) => boolean {
  return (error) => error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
