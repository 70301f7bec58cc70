import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { Ballast } from '../../dist/queue/ballast.js'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('ballast takes up a mebibyte of real room, for nobody else to read', (t) => {
  const path = join(temporaryDirectory(t), 'queue.db')
  const ballast = new Ballast(path)
  ballast.restore()
  const stat = statSync(`${path}.ballast`)
  assert.equal(stat.size, 1 << 20)
  assert.ok(stat.blocks * 512 >= 1 << 20)
  assert.equal(stat.mode & 0o777, 0o600)
})

test('ballast gives its room free once, and comes back', (t) => {
  const path = join(temporaryDirectory(t), 'queue.db')
  const ballast = new Ballast(path)
  assert.equal(ballast.release(), false)
  ballast.restore()
  assert.equal(ballast.release(), true)
  assert.equal(ballast.release(), false)
  assert.ok(!existsSync(`${path}.ballast`))
  ballast.restore()
  assert.equal(ballast.release(), true)
})

test('ballast is not written through a link that somebody planted', (t) => {
  const directory = temporaryDirectory(t)
  symlinkSync(join(directory, 'victim'), join(directory, 'queue.db.ballast'))
  new Ballast(join(directory, 'queue.db')).restore()
  assert.ok(!existsSync(join(directory, 'victim')))
})

test('where there is no room, or no such directory, there is just none', (t) => {
  const path = join(temporaryDirectory(t), 'gone', 'queue.db')
  new Ballast(path).restore()
  assert.throws(() => readFileSync(`${path}.ballast`))
})
