import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import fc from 'fast-check'

import { fromBytes } from '../../dist/model/byte-path.js'
import type { Event } from '../../dist/model/glossary.js'
import { writeList, type ListLayout } from '../../dist/run/list-file.js'
import { parseList, type ListFormat } from '../../dist/run/list-parser.js'
import { scriptPaths } from '../../dist/run/script-paths.js'
import { event } from '../support/run-fixture.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

function layoutOf(watchDir: string, terminator: '\n' | '\0', label: string = 'L'): ListLayout {
  return { label, terminator, paths: scriptPaths(watchDir) }
}

const LINES = layoutOf('./from', '\n')

test('a list holds one entry a path, byte for byte', async (context) => {
  const directory = temporaryDirectory(context)
  const odd = fromBytes(Buffer.from([0xff, 0x20, 0x0d]))
  const events = [event('a b', 8), event(odd, 0x40000200), event('', 4)]
  const list = await writeList({ directory, isOwn: false, tag: 'tag' }, 12, events, LINES)
  const expected = 'sync L 8 ./from/a b\nsync L 1073742336 ./from/\xff \r\nsync L 4 ./from\n'
  assert.equal(readFileSync(list.path, 'latin1'), expected)
  assert.deepEqual([list.entries, list.leftOver], [3, []])
  assert.match(list.path, /\/clsync-tag-12-[0-9a-f]{32}\.list$/)
})

test('a list is readable by its owner only, whatever the umask', async (context) => {
  const directory = temporaryDirectory(context)
  for (const umask of [0o000, 0o022, 0o077, 0o777]) {
    const before = process.umask(umask)
    const list = await writeList(
      { directory, isOwn: false, tag: 't' },
      1,
      [event('a')],
      LINES,
    ).finally(() => process.umask(before))
    assert.equal(statSync(list.path).mode & 0o7777, 0o600)
  }
})

test('paths with newlines are left over, in lists that end entries with newlines', async (context) => {
  const directory = temporaryDirectory(context)
  const events = [event('a\nb'), event('c'), event('\n')]
  const lines = await writeList({ directory, isOwn: false, tag: 't' }, 1, events, LINES)
  assert.deepEqual([lines.entries, lines.leftOver], [1, [events[0], events[2]]])
  const nul = await writeList(
    { directory, isOwn: false, tag: 't' },
    1,
    events,
    layoutOf('/w', '\0'),
  )
  assert.deepEqual([nul.entries, nul.leftOver], [3, []])
  assert.equal(readFileSync(nul.path).filter((byte) => byte === 0).length, 3)
})

test('a list of 100,000 paths is written without growing with it', async (context) => {
  const directory = temporaryDirectory(context)
  const events = function* (): Generator<Event> {
    for (let at = 0; at < 100_000; at++) yield event(`some/directory/with/a/name/file-${at}`, 8)
  }
  const before = process.memoryUsage()
  const list = await writeList({ directory, isOwn: false, tag: 't' }, 1, events(), LINES)
  const grown = process.memoryUsage().arrayBuffers - before.arrayBuffers
  assert.equal(list.entries, 100_000)
  assert.ok(grown < 4 * 1024 * 1024, `${grown} bytes of buffers`)
  const lines = readFileSync(list.path, 'latin1').split('\n')
  assert.equal(lines.length, 100_001)
  assert.equal(lines[99_999], 'sync L 8 ./from/some/directory/with/a/name/file-99999')
})

test('an entry longer than the buffer is written whole', async (context) => {
  const directory = temporaryDirectory(context)
  const long = 'x'.repeat(200_000)
  const events = [event('a'), event(long), event('b')]
  const list = await writeList({ directory, isOwn: false, tag: 't' }, 1, events, LINES)
  const content = [...parseList(readFileSync(list.path), LINES)].map(({ path }) => path)
  assert.deepEqual(content, ['./from/a', `./from/${long}`, './from/b'])
})

test('on a full file system nothing is left behind and the error says so', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('mounting a small tmpfs needs root')
  const mount = mkdtempSync(join(tmpdir(), 'clsync-full-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mount], { stdio: 'ignore' })
  } catch {
    rmdirSync(mount)
    return context.skip('this machine does not let us mount a tmpfs')
  }
  context.after(() => {
    execFileSync('umount', [mount])
    rmdirSync(mount)
  })
  const events = Array.from({ length: 10_000 }, (_, at) => event(`file-${at}`))
  await assert.rejects(
    writeList({ directory: mount, isOwn: false, tag: 't' }, 1, events, LINES),
    (error) => {
      assert.match(String(error), /cannot write the list \/.*\/clsync-t-1-.*: ENOSPC/)
      return true
    },
  )
  assert.deepEqual(readdirSync(mount), [])
})

test('what is written is what a reader of the documented format reads', async (context) => {
  const directory = temporaryDirectory(context)
  const name = fc
    .uint8Array({ min: 1, minLength: 1, maxLength: 40 })
    .map((bytes) => fromBytes(bytes))
  const lineish = fc.array(fc.constantFrom(10, 32, 47, 115, 0xff, 48), { minLength: 1 })
  const path = fc.oneof(
    name,
    lineish.map((bytes) => fromBytes(Buffer.from(bytes))),
  )
  const anyEvent = fc.record({
    path,
    mask: fc.nat(0x7fffffff),
    sizeClass: fc.constant('ordinary' as const),
  })
  const format = fc.record({
    label: fc.constantFrom('nolabel', 'sync', 'ä', '8'),
    terminator: fc.constantFrom('\n' as const, '\0' as const),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { maxLength: 50 }), format, async (events, chosen) => {
      await assertRoundTrip(directory, events, chosen)
    }),
    { numRuns: 200 },
  )
})

async function assertRoundTrip(
  directory: string,
  events: readonly Event[],
  format: ListFormat,
): Promise<void> {
  const layout = layoutOf('/w', format.terminator, format.label)
  const list = await writeList({ directory, isOwn: false, tag: 't' }, 1, events, layout)
  const read = [...parseList(readFileSync(list.path), format)]
  rmSync(list.path)
  const written = events.filter(({ path }) => !path.includes(format.terminator))
  const expected = written.map(({ path, mask }) => ({ mask, path: `/w/${path}` }))
  assert.deepEqual(read, expected)
  assert.equal(list.entries, expected.length)
  assert.equal(list.leftOver.length, events.length - expected.length)
}
