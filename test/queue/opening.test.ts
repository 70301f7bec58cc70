import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { uptime } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

import BetterSqlite3 from 'better-sqlite3'

import type { Queue } from '../../dist/queue/queue.js'
import { openQueue } from '../support/delivery-rig.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'
import { SqliteShell, withoutShell } from '../support/sqlite-shell.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const BUSY_QUEUE = fileURLToPath(new URL('./fixture/busy-queue.js', import.meta.url))
const EVENTS = 100

/** A database as a daemon leaves it that was killed: all of it, or its end, is in the log. */
function leftByKilled(t: TestContext): string {
  const path = join(temporaryDirectory(t), 'queue.db')
  const { signal } = spawnSync(process.execPath, [BUSY_QUEUE, path, String(EVENTS)])
  assert.equal(signal, 'SIGKILL')
  return path
}

/** A database as a daemon leaves it that was stopped. */
function leftByStopped(t: TestContext): string {
  const path = leftByKilled(t)
  reopen(t, path)
  assert.ok(!existsSync(`${path}-wal`))
  return path
}

/** Opens it as the next daemon does, and closes it again. */
function reopen(t: TestContext, path: string): Queue & { readonly events: unknown } {
  const queue = openQueue(path, new SimulatedClock())
  const events = queue.events.total()
  t.diagnostic(`${events} events; ${queue.replaced?.why ?? 'not replaced'}`)
  queue.abandon()
  return queue
}

function countEvents(path: string): number {
  const connection = new BetterSqlite3(path, { readonly: true })
  try {
    return Number(connection.prepare('SELECT count(*) FROM event').pluck().get())
  } finally {
    connection.close()
  }
}

function overwriteMiddle(path: string): void {
  const bytes = readFileSync(path)
  bytes.fill('garbage', bytes.length / 2, bytes.length / 2 + 5_000)
  writeFileSync(path, bytes)
}

const HARM: ReadonlyArray<
  readonly [
    what: string,
    left: (t: TestContext) => string,
    harm: (path: string) => void,
    why: RegExp,
  ]
> = [
  ['its log was deleted', leftByKilled, (path) => rmSync(`${path}-wal`), /log .* is gone/],
  [
    'its log was cut off',
    leftByKilled,
    (path) => truncateSync(`${path}-wal`, statSync(`${path}-wal`).size / 2),
    /log .* lost \d+ of \d+ pages/,
  ],
  [
    'its log was emptied',
    leftByKilled,
    (path) => truncateSync(`${path}-wal`),
    /log .* is gone or damaged/,
  ],
  [
    'its log was overwritten in the middle',
    leftByKilled,
    (path) => overwriteMiddle(`${path}-wal`),
    /log .* lost \d+ of \d+ pages/,
  ],
  ['it was deleted', leftByStopped, (path) => rmSync(path), /is gone/],
  ['it was emptied', leftByStopped, (path) => truncateSync(path), /is empty/],
  [
    'it was cut off',
    leftByStopped,
    (path) => truncateSync(path, statSync(path).size - 8_192),
    /is damaged/,
  ],
  ['it was overwritten in the middle', leftByStopped, overwriteMiddle, /is damaged/],
  [
    'its beginning was overwritten',
    leftByStopped,
    (path) => writeFileSync(path, 'something else altogether', { flag: 'r+' }),
    /is damaged/,
  ],
  [
    'a table was dropped',
    leftByStopped,
    (path) => new BetterSqlite3(path).exec('DROP TABLE event').close(),
    /event.* is missing/,
  ],
]

for (const [what, left, harm, why] of HARM) {
  test(`a database is moved aside for a new one, and says so: ${what}`, (t) => {
    const path = left(t)
    harm(path)
    const { replaced } = reopen(t, path)
    assert.match(replaced?.why ?? 'silent', why)
    const kept = readdirSync(dirname(path)).filter((name) => name.includes('.damaged-'))
    assert.equal(replaced?.movedTo !== undefined, kept.length > 0)
    assert.equal(reopen(t, path).replaced, undefined, 'the new one stays')
  })
}

const HARMLESS: ReadonlyArray<readonly [what: string, harm: (path: string) => void]> = [
  ['nothing happened', () => undefined],
  ['the index of its log was deleted', (path) => rmSync(`${path}-shm`)],
  ['the index of its log was emptied', (path) => truncateSync(`${path}-shm`)],
  ['somebody looked into it', (path) => void countEvents(path)],
  [
    'the log ends in what a crash left',
    (path) => writeFileSync(`${path}-wal`, Buffer.alloc(3_000, 7), { flag: 'a' }),
  ],
]

for (const [what, harm] of HARMLESS) {
  test(`a database of a killed daemon is used on, with every event in it: ${what}`, (t) => {
    const path = leftByKilled(t)
    harm(path)
    assert.equal(reopen(t, path).replaced, undefined)
    assert.equal(countEvents(path), EVENTS)
  })
}

/**
 * A database whose log lacks the frames that were written last without waiting for the disk, while
 * its index tells of them.
 */
async function withoutLastNote(t: TestContext): Promise<string> {
  const path = join(temporaryDirectory(t), 'queue.db')
  const queue = openQueue(path, new SimulatedClock())
  const put = (name: string) => (): void => queue.events.upsert(Buffer.from(name), 1, 'ordinary', 1)
  await queue.write(put('written'))
  const { size } = statSync(`${path}-wal`)
  await queue.note(put('noted'))
  const left = join(temporaryDirectory(t), 'queue.db')
  for (const suffix of ['', '-wal', '-shm']) copyFileSync(path + suffix, left + suffix)
  queue.abandon()
  assert.ok(statSync(`${left}-wal`).size > size)
  truncateSync(`${left}-wal`, size)
  return left
}

test('after a power cut the index may know of what never came to the disk: nothing is lost', async (t) => {
  const path = await withoutLastNote(t)
  const beforeBoot = Date.now() / 1_000 - uptime() - 60
  utimesSync(`${path}-shm`, beforeBoot, beforeBoot)
  assert.equal(reopen(t, path).replaced, undefined)
  assert.equal(countEvents(path), 1)
})

test('in the same boot what the index knows of was there, and is lost', async (t) => {
  const path = await withoutLastNote(t)
  assert.match(reopen(t, path).replaced?.why ?? 'silent', /log .* lost \d+ of \d+ pages/)
})

test('one that is distrusted is moved aside, whatever it looks like', (t) => {
  const path = leftByStopped(t)
  const queue = openQueue(path, new SimulatedClock(), 'somebody saw something')
  queue.abandon()
  assert.equal(queue.replaced?.why, 'somebody saw something')
  assert.equal(countEvents(queue.replaced.movedTo ?? ''), EVENTS)
})

test(
  'opening waits for a shell that has a lock for a moment',
  { skip: withoutShell },
  async (t) => {
    const path = join(temporaryDirectory(t), 'queue.db')
    const shell = new SqliteShell(t, path)
    await shell.run('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE')
    const released = shell.run('.shell sleep 0.3\nCOMMIT')
    const queue = openQueue(path, new SimulatedClock())
    assert.equal(queue.events.total(), 0)
    queue.abandon()
    await released
  },
)
