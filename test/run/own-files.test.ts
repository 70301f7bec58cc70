import assert from 'node:assert/strict'
import {
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'

import { createFailedFile } from '../../dist/run/failed-file.js'
import { writeList } from '../../dist/run/list-file.js'
import {
  databaseTag,
  NEW_FILE,
  newOwnFile,
  OWNER_ONLY,
  removeStaleFiles,
  type OwnFiles,
} from '../../dist/run/own-files.js'
import { scriptPaths } from '../../dist/run/script-paths.js'
import { event } from '../support/run-fixture.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

test('what a dead daemon left is removed, and nothing of others', async (context) => {
  const directory = temporaryDirectory(context)
  const ours = { directory, isOwn: false, tag: databaseTag('/var/a.db') }
  const others = { directory, isOwn: false, tag: databaseTag('/var/b.db') }
  const stale = [newOwnFile(ours, 3, 'list'), newOwnFile(ours, 3, 'failed')]
  const kept = [
    newOwnFile(others, 3, 'list'),
    join(directory, `clsync-${ours.tag}-3-notours.list`),
    join(directory, 'notes.list'),
  ]
  for (const path of [...stale, ...kept]) writeFileSync(path, 'x')
  await removeStaleFiles(ours)
  assert.deepEqual(readdirSync(directory).toSorted(), kept.map((path) => basename(path)).toSorted())
})

test("our own directory is made again where it is gone, and nobody else's", (context) => {
  const directory = join(temporaryDirectory(context), 'gone')
  const listsDir: OwnFiles = { directory, isOwn: false, tag: 't' }
  assert.throws(() => createFailedFile(listsDir, 1), /ENOENT/)
  const path = createFailedFile({ ...listsDir, isOwn: true }, 1)
  assert.deepEqual(readdirSync(directory), [basename(path)])
  assert.equal(statSync(directory).mode & 0o777, 0o700)
})

test('removing never follows a link', async (context) => {
  const directory = temporaryDirectory(context)
  const ours: OwnFiles = { directory, isOwn: false, tag: databaseTag('/var/a.db') }
  const victim = join(directory, 'victim')
  writeFileSync(victim, 'precious')
  symlinkSync(victim, newOwnFile(ours, 1, 'list'))
  await removeStaleFiles(ours)
  assert.deepEqual(readdirSync(directory), ['victim'])
  assert.equal(readFileSync(victim, 'utf8'), 'precious')
})

test('a new file is never made through a link, nor over something', (context) => {
  const directory = temporaryDirectory(context)
  const victim = join(directory, 'victim')
  const link = join(directory, 'link')
  writeFileSync(victim, 'precious')
  symlinkSync(victim, link)
  symlinkSync(join(directory, 'nothing'), join(directory, 'dangling'))
  for (const name of ['victim', 'link', 'dangling']) {
    assert.throws(() => openSync(join(directory, name), NEW_FILE, OWNER_ONLY), /EEXIST|ELOOP/)
  }
  assert.equal(readFileSync(victim, 'utf8'), 'precious')
})

test('what cannot be removed does not keep a daemon from starting', async (context) => {
  const directory = temporaryDirectory(context)
  const ours: OwnFiles = { directory, isOwn: false, tag: databaseTag('/var/a.db') }
  const stubborn = newOwnFile(ours, 1, 'failed')
  mkdirSync(stubborn)
  writeFileSync(newOwnFile(ours, 1, 'list'), 'x')
  await removeStaleFiles(ours)
  assert.deepEqual(readdirSync(directory), [basename(stubborn)])
})

test('names cannot be foreseen, so a link cannot be planted', async (context) => {
  const directory = temporaryDirectory(context)
  const place = { directory, isOwn: false, tag: 't' }
  const layout = { label: 'L', terminator: '\n', paths: scriptPaths('/w') } as const
  const names = new Set<string>()
  for (let round = 0; round < 20; round++) {
    names.add((await writeList(place, 1, [event('a')], layout)).path)
  }
  assert.equal(names.size, 20)
})

test('the tag of a database is stable and its own', () => {
  assert.equal(databaseTag('/var/a.db'), databaseTag('/var/a.db'))
  assert.notEqual(databaseTag('/var/a.db'), databaseTag('/var/b.db'))
  assert.match(databaseTag('/var/a.db'), /^[0-9a-f]{12}$/)
})
