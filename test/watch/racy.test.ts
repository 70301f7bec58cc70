import assert from 'node:assert/strict'
import { closeSync, fchmodSync, lstatSync, openSync, statfsSync, writeSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { emptySighting } from '../../dist/model/sighting.js'
import type { Sighting } from '../../dist/model/sighting.js'
import { classify, ctimeClockOf } from '../../dist/watch/ctime-clock.js'
import { isRacy } from '../../dist/watch/racy.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const NOW = 1_800_000_000_000

function changedAgo(ms: number): Sighting {
  const at = NOW - ms
  const seconds = Math.floor(at / 1_000)
  const nanos = Math.round((at - seconds * 1_000) * 1e6)
  return { ...emptySighting(), ctimeSeconds: seconds, ctimeNanos: nanos }
}

const ticking = () => 'ticking' as const
const exact = () => 'exact' as const
const foreign = () => 'foreign' as const

test('a file changed in the clock tick of the look is racy', () => {
  assert.equal(isRacy(changedAgo(0.5), NOW, ticking), true)
  assert.equal(isRacy(changedAgo(19.5), NOW, ticking), true)
  assert.equal(isRacy(changedAgo(20.5), NOW, ticking), false)
})

test('a ctime in the future is racy', () => {
  assert.equal(isRacy(changedAgo(-5_000.5), NOW, ticking), true)
})

test('whole seconds come from a coarse clock and are racy for two of them', () => {
  assert.equal(isRacy(changedAgo(1_000), NOW, ticking), true)
  assert.equal(isRacy(changedAgo(3_000), NOW, ticking), false)
})

test('nothing is racy where each change after a look gets a later ctime', () => {
  assert.equal(isRacy(changedAgo(0.5), NOW, exact), false)
})

test('there, too, whole seconds may be all that an inode has room for', () => {
  assert.equal(isRacy(changedAgo(0), NOW, exact), true)
  assert.equal(isRacy(changedAgo(3_000), NOW, exact), false)
})

test("a server's clock is trusted after a minute only", () => {
  assert.equal(isRacy(changedAgo(59_000.5), NOW, foreign), true)
  assert.equal(isRacy(changedAgo(61_000), NOW, foreign), false)
})

test('the clock is asked for only when the file is fresh', () => {
  const unasked = () => assert.fail('asked about an old file')
  assert.equal(isRacy(changedAgo(3_600_000), NOW, unasked), false)
})

test('multigrain timestamps are known by file system and kernel', () => {
  const ext4 = 0xef53
  assert.equal(classify(ext4, '6.13.0'), 'exact')
  assert.equal(classify(ext4, '7.0-rc1'), 'exact')
  assert.equal(classify(ext4, '6.12.63-amd64'), 'ticking')
  assert.equal(classify(ext4, '5.10.0'), 'ticking')
  assert.equal(classify(0x4d44, '6.18.0'), 'ticking')
  assert.equal(classify(0x6969, '6.18.0'), 'foreign')
})

test('statfs types with the sign bit set are known', () => {
  assert.equal(classify(0x9123683e | 0, '6.18.0'), 'exact')
})

test('a path that cannot be asked about has a ticking clock', () => {
  assert.equal(ctimeClockOf('/nowhere/at/all'), 'ticking')
})

test('where the clock is called exact, no change keeps the ctime of the look before', (t) => {
  const directory = temporaryDirectory(t)
  if (ctimeClockOf(directory) !== 'exact') {
    t.skip(`${directory}: type ${statfsSync(directory).type.toString(16)}, Linux ${release()}`)
    return
  }
  const path = join(directory, 'file')
  const file = openSync(path, 'w')
  t.after(() => closeSync(file))
  let before = lstatSync(path, { bigint: true }).ctimeNs
  for (let index = 0; index < 20_000; index += 1) {
    if (index % 2 === 0) writeSync(file, 'x', 0)
    else fchmodSync(file, 0o600 + (index & 0o70))
    const after = lstatSync(path, { bigint: true }).ctimeNs
    assert.ok(after > before)
    before = after
  }
})
