import assert from 'node:assert/strict'
import {
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { ensurePrivateFile } from '../../dist/queue/private-file.js'
import { openQueue } from '../support/delivery-rig.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

for (const umask of [0o000, 0o022, 0o077]) {
  test(`all files of a database are for its owner alone under umask ${umask.toString(8)}`, async (t) => {
    const directory = temporaryDirectory(t)
    const before = process.umask(umask)
    t.after(() => process.umask(before))
    const queue = openQueue(join(directory, 'queue.db'), new SimulatedClock())
    await queue.write(() => queue.daemon.setStatus('a', 'b', 0))
    const modes = readdirSync(directory).map((name) => [
      name,
      (statSync(join(directory, name)).mode & 0o777).toString(8),
    ])
    queue.abandon()
    assert.deepEqual(modes, [
      ['queue.db', '600'],
      ['queue.db-shm', '600'],
      ['queue.db-wal', '600'],
      ['queue.db.lock', '600'],
    ])
  })
}

test('it says whether it made the file', (t) => {
  const path = join(temporaryDirectory(t), 'file')
  assert.equal(ensurePrivateFile(path), true)
  assert.equal(ensurePrivateFile(path), false)
})

test('symbolic links are refused, whether they lead somewhere or not', (t) => {
  const directory = temporaryDirectory(t)
  const victim = join(directory, 'victim')
  for (const target of [victim, join(directory, 'nowhere')]) {
    writeFileSync(victim, 'precious')
    const path = join(mkdtempSync(join(directory, 'd-')), 'queue.db')
    symlinkSync(target, path)
    assert.throws(() => ensurePrivateFile(path), {
      code: 'database',
      message: /not a regular file/,
    })
    assert.throws(() => openQueue(path, new SimulatedClock()), { code: 'database' })
    assert.equal(statSync(victim).size, 8)
    rmSync(path)
  }
  assert.ok(!existsSync(join(directory, 'nowhere')))
})

test('a database with a second name is refused under both, and nothing is made beside it', (t) => {
  const path = join(temporaryDirectory(t), 'queue.db')
  const other = join(temporaryDirectory(t), 'other.db')
  openQueue(path, new SimulatedClock()).abandon()
  linkSync(path, other)
  for (const name of [path, other]) {
    assert.throws(() => openQueue(name, new SimulatedClock()), {
      code: 'database',
      message: `database ${name} has 2 names (hard links)`,
    })
  }
  assert.deepEqual(readdirSync(join(other, '..')), ['other.db'])
  rmSync(other)
  openQueue(path, new SimulatedClock()).abandon()
})

test('directories are refused, and so is where nothing can be made', (t) => {
  const directory = temporaryDirectory(t)
  mkdirSync(join(directory, 'queue.db'))
  assert.throws(() => ensurePrivateFile(join(directory, 'queue.db')), { code: 'database' })
  assert.throws(() => ensurePrivateFile(join(directory, 'no', 'such')), {
    code: 'database',
    message: /cannot create/,
  })
})

const notRoot = process.getuid?.() !== 0 && 'only root can give files away'

test("another user's file is refused", { skip: notRoot }, (t) => {
  const path = join(temporaryDirectory(t), 'queue.db')
  writeFileSync(path, '')
  chownSync(path, 65_534, 65_534)
  assert.throws(() => ensurePrivateFile(path), { code: 'database', message: /another user/ })
})
