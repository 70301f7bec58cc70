import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import BetterSqlite3 from 'better-sqlite3'

import { APPLICATION_ID, assertOurs, migrate } from '../../dist/queue/migrations.js'
import { Queue } from '../../dist/queue/queue.js'
import { SimulatedClock } from '../support/simulated-clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const FILES = readdirSync(new URL('../../migrations/', import.meta.url))
const NEWEST = FILES.length

function openQueue(path: string, onMigrated: (version: number) => void = () => undefined): Queue {
  return new Queue({
    path,
    clock: new SimulatedClock(),
    bigFileThreshold: 1_000,
    onMigrated,
    listener: { waiting: () => undefined, recovered: () => undefined },
  })
}

/** Opens it and says why it was not what was there. */
function whyReplaced(path: string): string {
  const queue = openQueue(path)
  queue.abandon()
  return queue.replaced?.why ?? 'it was not'
}

test('a new database gets all migrations in order, and says whose it is', async (t) => {
  const path = join(temporaryDirectory(t), 'queue.db')
  const applied: number[] = []
  const queue = openQueue(path, (version) => applied.push(version))
  assert.deepEqual(
    applied,
    FILES.map((_, index) => index + 1),
  )
  assert.equal(queue.version, NEWEST)
  await queue.close()
  const header = readFileSync(path)
  assert.equal(header.readUInt32BE(68), APPLICATION_ID)
  assert.equal(header.toString('latin1', 68, 72), 'clsy')
  assert.equal(header.readUInt32BE(60), NEWEST)
})

test('one that is up to date is not written to', async (t) => {
  const path = join(temporaryDirectory(t), 'queue.db')
  await openQueue(path).close()
  const before = readFileSync(path)
  await openQueue(path, () => assert.fail('nothing to apply')).close()
  assert.deepEqual(readFileSync(path), before)
})

test('one that is older gets only what it lacks', () => {
  const connection = new BetterSqlite3(':memory:')
  const first = readFileSync(new URL(`../../migrations/${FILES[0]}`, import.meta.url), 'utf8')
  connection.exec(first)
  connection.exec(`INSERT INTO status VALUES ('kept', '', 0)`)
  connection.pragma('user_version = 1')
  connection.pragma(`application_id = ${APPLICATION_ID}`)
  const applied: number[] = []
  migrate(connection, (version) => applied.push(version))
  assert.deepEqual(
    applied,
    FILES.slice(1).map((_, index) => index + 2),
  )
  assert.equal(connection.prepare('SELECT name FROM status').pluck().get(), 'kept')
})

test('a crash in any migration leaves nothing of all of them', (t) => {
  for (let version = 1; version <= NEWEST; version++) {
    const path = join(temporaryDirectory(t), 'queue.db')
    const connection = new BetterSqlite3(path)
    connection.pragma('journal_mode = WAL')
    const crash = new Error('crash')
    const apply = (): unknown =>
      migrate(connection, (applied) => {
        if (applied === version) throw crash
      })
    assert.throws(apply, crash)
    assert.equal(connection.prepare('SELECT count(*) FROM sqlite_schema').pluck().get(), 0)
    assert.equal(connection.pragma('user_version', { simple: true }), 0)
    assert.equal(connection.pragma('application_id', { simple: true }), 0)
    assert.equal(
      migrate(connection, () => undefined),
      NEWEST,
      'and the next start does them',
    )
    connection.close()
  }
})

test('a newer database is refused and not touched', async (t) => {
  const path = join(temporaryDirectory(t), 'queue.db')
  await openQueue(path).close()
  const connection = new BetterSqlite3(path)
  connection.pragma(`user_version = ${NEWEST + 1}`)
  connection.close()
  const before = readFileSync(path)
  assert.throws(() => openQueue(path), {
    code: 'database',
    message: /newer clsync \(schema \d+, this one knows \d+\)/,
  })
  assert.deepEqual(readFileSync(path), before)
  assert.ok(!existsSync(`${path}-wal`))
})

test("somebody else's database is refused and not touched", (t) => {
  for (const id of [0, 7]) {
    const path = join(temporaryDirectory(t), 'theirs.db')
    const connection = new BetterSqlite3(path)
    connection.exec('CREATE TABLE theirs (x)')
    connection.pragma(`application_id = ${id}`)
    connection.close()
    const before = readFileSync(path)
    assert.throws(() => openQueue(path), { code: 'database', message: /not a clsync database/ })
    assert.deepEqual(readFileSync(path), before, 'not even its journal mode')
    assert.ok(!existsSync(`${path}-wal`))
  }
})

test('an empty file is a new database, but not where there was one', (t) => {
  const directory = temporaryDirectory(t)
  const fresh = join(directory, 'fresh.db')
  writeFileSync(fresh, '')
  openQueue(fresh).abandon()

  const used = join(directory, 'used.db')
  openQueue(used).abandon()
  writeFileSync(used, '')
  assert.match(whyReplaced(used), /is empty/)

  // An SQLite file without tables, as after its log was deleted.
  const emptied = join(directory, 'emptied.db')
  openQueue(emptied).abandon()
  for (const suffix of ['', '-wal', '-shm']) writeFileSync(emptied + suffix, '')
  const connection = new BetterSqlite3(emptied)
  connection.pragma('user_version = 1')
  connection.pragma('user_version = 0')
  connection.close()
  assert.match(whyReplaced(emptied), /is empty, but it was in use before/)
})

test('all tables are strict', () => {
  const connection = new BetterSqlite3(':memory:')
  assert.equal(assertOurs(connection), 0)
  migrate(connection, () => undefined)
  assert.equal(assertOurs(connection), NEWEST)
  const lax = connection
    .prepare(
      `SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'`,
    )
    .pluck()
    .all()
  assert.deepEqual(lax, [])
})
