import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import BetterSqlite3 from 'better-sqlite3'

import { ClsyncError } from '../../dist/errors.js'
import { lockPathOf } from '../../dist/queue/lock.js'
import { inspect, moveAside } from '../../dist/queue/quarantine.js'
import { openQueue } from '../support/delivery-rig.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const SITUATIONS: ReadonlyArray<
  readonly [
    what: string,
    make: (path: string) => void,
    neverUsed: string,
    usedBefore: string | RegExp,
  ]
> = [
  ['nothing', () => undefined, 'new', /is gone/],
  ['an empty file', (path) => writeFileSync(path, ''), 'new', /is empty/],
  ['a few bytes', (path) => writeFileSync(path, 'few'), 'refused', /is damaged/],
  ['junk', (path) => writeFileSync(path, Buffer.alloc(8_192, 'junk')), 'refused', /is damaged/],
  ["somebody else's database", foreign, 'refused', 'refused'],
  ['one with the mark of another program', marked, 'refused', 'refused'],
  ['ours', ours, 'usable', 'usable'],
  ['ours after a crash, all in its log', unfinished, 'usable', 'usable'],
]

for (const [what, make, neverUsed, usedBefore] of SITUATIONS) {
  test(`at the path of a database: ${what}`, (t) => {
    const path = join(temporaryDirectory(t), 'queue.db')
    make(path)
    const before = bytesAt(path)
    rmSync(lockPathOf(path), { force: true })
    assert.equal(found(path), neverUsed)
    writeFileSync(lockPathOf(path), '')
    if (typeof usedBefore === 'string') assert.equal(found(path), usedBefore)
    else assert.match(found(path), usedBefore)
    assert.deepEqual(bytesAt(path), before, 'looking changes nothing')
  })
}

function found(path: string): string {
  try {
    const result = inspect(path)
    return result.state === 'lost' ? result.why : result.state
  } catch (error) {
    if (error instanceof ClsyncError && error.code === 'database') return 'refused'
    throw error
  }
}

function bytesAt(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined
}

function foreign(path: string): void {
  const connection = new BetterSqlite3(path)
  connection.exec('CREATE TABLE theirs (x)')
  connection.close()
}

function marked(path: string): void {
  const connection = new BetterSqlite3(path)
  connection.pragma('application_id = 7')
  connection.close()
}

function ours(path: string): void {
  openQueue(path, new SimulatedClock()).abandon()
}

/** As a SIGKILL leaves it: the main file says nothing yet. */
function unfinished(path: string): void {
  const source = `${path}.source`
  const queue = openQueue(source, new SimulatedClock())
  for (const suffix of ['', '-wal']) writeFileSync(path + suffix, readFileSync(source + suffix))
  queue.abandon()
}

function lost(t: TestContext): string {
  const path = join(temporaryDirectory(t), 'queue.db')
  for (const suffix of ['', '-wal', '-shm', '.lock']) writeFileSync(path + suffix, `of ${suffix}`)
  return path
}

test('a damaged database goes aside with all that belongs to it, but not the lock', (t) => {
  const path = lost(t)
  const aside = moveAside(path, new Date('2026-11-23T14:05:06.789Z'))
  assert.equal(aside, `${path}.damaged-20261123T140506`)
  const names = readdirSync(join(path, '..')).map((name) => name.slice('queue.db'.length))
  assert.deepEqual(names, [
    '.damaged-20261123T140506',
    '.damaged-20261123T140506-shm',
    '.damaged-20261123T140506-wal',
    '.lock',
  ])
  assert.equal(readFileSync(`${aside}-wal`, 'utf8'), 'of -wal')
})

test('two in one second do not overwrite each other', (t) => {
  const path = lost(t)
  const now = new Date()
  const first = moveAside(path, now)
  writeFileSync(path, 'second')
  const second = moveAside(path, now)
  assert.notEqual(first, second)
  assert.equal(readFileSync(first ?? '', 'utf8'), 'of ')
  assert.equal(readFileSync(second ?? '', 'utf8'), 'second')
})

test('where the file itself is gone, what is left of it goes aside', (t) => {
  const path = lost(t)
  rmSync(path)
  assert.match(moveAside(path, new Date()) ?? '', /-wal$/)
  assert.deepEqual(existsSync(`${path}-shm`), false)
  assert.equal(moveAside(path, new Date()), undefined)
})
