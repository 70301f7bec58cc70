import assert from 'node:assert/strict'
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { ensureOwnDirectory, ensurePrivateDirectory } from '../../dist/daemon/private-directory.js'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('It makes the directory and those above it, for nobody else', (t) => {
  const top = temporaryDirectory(t)
  const path = join(top, 'a/b/c')
  const before = process.umask(0o777)
  t.after(() => process.umask(before))
  ensurePrivateDirectory(path)
  ensurePrivateDirectory(path)
  for (const made of ['a', 'a/b', 'a/b/c']) {
    assert.equal(statSync(join(top, made)).mode & 0o777, 0o700)
  }
})

test('What stands in the way is an error in words', (t) => {
  const file = join(temporaryDirectory(t), 'file')
  writeFileSync(file, '')
  const refused = { code: 'database', message: /cannot create the directory .*\/file\/below/ }
  assert.throws(() => ensurePrivateDirectory(join(file, 'below')), refused)
})

test('A file system without new directories is an error, not an endless loop', (t) => {
  if (!existsSync('/proc/self')) return t.skip('there is no /proc here')
  const refused = { code: 'database', message: /cannot create the directory \/proc\/a/ }
  assert.throws(() => ensurePrivateDirectory('/proc/a/b'), refused)
})

test('A link to a directory is none of ours, wherever it leads', (t) => {
  const top = temporaryDirectory(t)
  const [directory, link] = [join(top, 'directory'), join(top, 'link')]
  mkdirSync(directory)
  symlinkSync(directory, link)
  ensureOwnDirectory(directory)
  const refused = { code: 'database', message: /link is not a directory of ours/ }
  assert.throws(() => ensureOwnDirectory(link), refused)
})
