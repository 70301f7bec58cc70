import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import BetterSqlite3 from 'better-sqlite3'

import type { Queue } from '../../dist/queue/queue.js'
import { openQueue } from '../support/delivery-rig.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'
import { askShell, withoutShell } from '../support/sqlite-shell.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Served {
  readonly queue: Queue
  readonly path: string
}

/** A queue in use: some of it is in the database file, the rest in the log. */
async function serve(t: TestContext): Promise<Served> {
  const path = join(temporaryDirectory(t), 'queue.db')
  const queue = openQueue(path, new SimulatedClock())
  t.after(() => queue.abandon())
  await addEvents(queue, 'first')
  bySomebodyElse(path, (connection) => connection.pragma('wal_checkpoint'))
  await addEvents(queue, 'second')
  queue.assertInPlace()
  return { queue, path }
}

function addEvents(queue: Queue, prefix: string): Promise<void> {
  return queue.write(() => {
    for (let index = 0; index < 500; index++) {
      queue.events.upsert(Buffer.from(`${prefix}${'x'.repeat(100)}${index}`), 1, 'ordinary', 1)
    }
  })
}

function bySomebodyElse(path: string, what: (connection: BetterSqlite3.Database) => unknown): void {
  const connection = new BetterSqlite3(path)
  what(connection)
  connection.close()
}

function replace(path: string): void {
  copyFileSync(path, `${path}.copy`)
  renameSync(`${path}.copy`, path)
}

/** As `dd conv=notrunc` would. */
function overwrite(path: string, share: number): void {
  const bytes = readFileSync(path)
  bytes.fill('garbage', bytes.length * share, bytes.length * share + 9_000)
  writeFileSync(path, bytes, { flag: 'r+' })
}

const HARM: ReadonlyArray<readonly [what: string, harm: (path: string) => void, why: RegExp]> = [
  ['the file was deleted', (path) => rmSync(path), /queue.db was deleted/],
  ['the file was replaced', (path) => replace(path), /queue.db was replaced/],
  ['the file was cut off', (path) => truncateSync(path, 8_192), /queue.db was damaged/],
  ['the file was overwritten', (path) => overwrite(path, 0.5), /queue.db was damaged/],
  ['the log was deleted', (path) => rmSync(`${path}-wal`), /-wal was deleted/],
  ['the log was replaced', (path) => replace(`${path}-wal`), /-wal was replaced/],
  ['the log was cut off', (path) => truncateSync(`${path}-wal`, 9_000), /-wal was cut off/],
  ['the log was overwritten', (path) => overwrite(`${path}-wal`, 0.5), /damaged/],
  ['the index of the log was deleted', (path) => rmSync(`${path}-shm`), /-shm was deleted/],
]

for (const [what, harm, why] of HARM) {
  test(`an open database notices: ${what}`, async (t) => {
    const { queue, path } = await serve(t)
    harm(path)
    assert.throws(() => queue.assertInPlace(), { code: 'damaged', message: why })
  })
}

const FAIR: ReadonlyArray<readonly [what: string, deed: (served: Served) => unknown]> = [
  ['nothing', () => undefined],
  ['a write of its own', ({ queue }) => addEvents(queue, 'third')],
  [
    'a write of somebody else',
    ({ path }) => bySomebodyElse(path, (other) => other.exec('DELETE FROM event')),
  ],
  [
    'a checkpoint of somebody else',
    ({ path }) => bySomebodyElse(path, (other) => other.pragma('wal_checkpoint(TRUNCATE)')),
  ],
  [
    'a VACUUM of somebody else',
    ({ path }) =>
      bySomebodyElse(path, (other) => {
        other.exec('DELETE FROM event; VACUUM')
        other.pragma('wal_checkpoint(TRUNCATE)')
      }),
  ],
  [
    'a reader',
    ({ path }) => bySomebodyElse(path, (other) => other.prepare('SELECT * FROM event').all()),
  ],
]

for (const [what, deed] of FAIR) {
  test(`an open database takes no offence at ${what}`, async (t) => {
    const served = await serve(t)
    for (let round = 0; round < 3; round++) {
      await deed(served)
      served.queue.assertInPlace()
    }
  })
}

test(
  "looking at the files of a database drops none of SQLite's locks",
  { skip: withoutShell },
  async (t) => {
    const { queue, path } = await serve(t)
    queue.assertInPlace()
    queue.assertSound()
    // Who believes that nobody else has a database removes its log when it closes it.
    askShell(path, `INSERT INTO status VALUES ('theirs', '', 0)`)
    queue.assertInPlace()
    await addEvents(queue, 'third')
    assert.equal(askShell(path, 'SELECT count(*) FROM event'), '1500')
    const lock = spawnSync('sqlite3', [`${path}.lock`, 'BEGIN IMMEDIATE'], { encoding: 'utf8' })
    assert.match(lock.stderr, /locked/)
  },
)
