import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

import { eventually } from '../support/eventually.ts'
import { readNotes } from '../support/mirror-settings.ts'
import { lookAtQueue } from '../support/queue-look.ts'
import { scaleOf } from '../support/scale.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { type Site, siteFor } from '../support/site.ts'
import { askShell, SqliteShell, withoutShell } from '../support/sqlite-shell.ts'
import { Workload } from '../support/workload.ts'

const { isLong } = scaleOf(process.env)
const READ_MS = isLong ? 60_000 : 4_000
/** Also where the tests beside it leave little time. */
const LEAST_OPERATIONS = 300
const WRITE_MS = isLong ? 30_000 : 3_000
/** Of each two events, which is more than the kernel keeps for one who does not read. */
const BURST = 9_000
const BURST_AT_ONCE = 100
const BURST_PAUSE_MS = 20
/** Of the log, while a reader keeps all of it. */
const MOST_LOG_BYTES = (isLong ? 200 : 30) << 20
const READERS = 100
const MEBIBYTE = 1 << 20

/** An hour, so that nothing is told unless somebody says so. */
const LATE = ['-t', '3600', '-w', '0']

describe('other programs in the database (P8)', { skip: withoutShell, concurrency: 3 }, () => {
  test('a reader that stays: everything is told, and the log stays small', async (t) => {
    const site = siteFor(t)
    const workload = new Workload(site.from, site.outside, new SeededRandom(5))
    site.diary = workload.diary
    await site.begin()
    const shell = new SqliteShell(t, site.db)
    await shell.run('BEGIN; SELECT count(*) FROM event')
    await work(workload, READ_MS)
    const { size } = statSync(`${site.db}-wal`)
    t.diagnostic(`${workload.operations} operations, log of ${(size / MEBIBYTE).toFixed(1)} MiB`)
    assert.ok(size < MOST_LOG_BYTES)
    await shell.quit()
    workload.run(20)
    await site.untilEqual()
    await site.untilTold(workload.diary)
  })

  test('a log that has grown, as a reader keeps all of it, is told', async (t) => {
    const site = siteFor(t)
    const daemon = await site.begin()
    const shell = new SqliteShell(t, site.db)
    await shell.run('BEGIN; SELECT count(*) FROM event')
    askShell(site.db, `INSERT INTO status VALUES ('large', hex(zeroblob(${35 * MEBIBYTE})), 0)`)
    const { message } = await daemon.says('database:wal-grown')
    assert.match(message, /grown to (?:6[4-9]|7\d) MiB/)
    site.from.write('file', 'new')
    await site.untilEqual()
    await shell.quit()
    await eventually(
      () => logStateOf(site.db).startsWith('0|'),
      () => logStateOf(site.db),
    )
  })

  test('a writer that stays: the kernel is read on, and nothing is dropped', async (t) => {
    const site = siteFor(t)
    const daemon = await site.begin()
    const shell = new SqliteShell(t, site.db)
    await shell.run('BEGIN IMMEDIATE')
    for (let nth = 0; nth < BURST; nth++) {
      site.from.write(`burst/${nth}`, '')
      // So that one who reads has time to.
      if (nth % BURST_AT_ONCE === 0) await delay(BURST_PAUSE_MS)
    }
    const { message } = await daemon.says('database:waiting')
    assert.match(message, /locked by another program/)
    await delay(WRITE_MS)
    await shell.quit()
    await site.untilEqual()
    assert.deepEqual(
      daemon.saysOf('reconcile:owed').filter(({ reason }) => reason === 'overflow'),
      [],
    )
  })

  test('rows that are deleted are not told', async (t) => {
    const site = siteFor(t)
    await site.begin(...LATE)
    await makePending(site, ['kept', 'unwanted'])
    askShell(site.db, `DELETE FROM event WHERE path = 'unwanted'`)
    askShell(site.db, 'UPDATE event SET first_seen = 0')
    await eventually(
      () => site.to.stat('kept') !== undefined && lookAtQueue(site.db)?.events === 0,
      () => site.daemon.log,
    )
    assert.equal(site.to.stat('unwanted'), undefined)
  })

  test('rows that are dated back are told at once, the others wait', async (t) => {
    const site = siteFor(t)
    await site.begin(...LATE)
    await makePending(site, ['patient', 'urgent'])
    askShell(site.db, `UPDATE event SET first_seen = 0 WHERE path = 'urgent'`)
    await eventually(
      () => site.to.stat('urgent') !== undefined,
      () => site.daemon.log,
    )
    assert.equal(site.to.stat('patient'), undefined)
  })

  test('a hundred readers at once see what they want and hold up nobody', async (t) => {
    const site = siteFor(t)
    const workload = new Workload(site.from, site.outside, new SeededRandom(6))
    site.diary = workload.diary
    await site.start().says('daemon:ready')
    const ask = ['-cmd', '.timeout 20000', site.db, 'SELECT * FROM pending; SELECT 1']
    const readers = Array.from({ length: READERS }, async () => run('sqlite3', ask))
    await work(workload, 2_000)
    for (const { stdout } of await Promise.all(readers)) assert.match(stdout, /1\n$/)
    await site.untilEqual()
    await site.untilTold(workload.diary)
    t.diagnostic(`${readNotes(site.notes).length} calls of the script`)
  })
})

const run = promisify(execFile)

/** `busy|pages in the log|pages copied`. */
function logStateOf(db: string): string {
  return askShell(db, 'PRAGMA wal_checkpoint(TRUNCATE)')
}

async function work(workload: Workload, ms: number): Promise<void> {
  const end = performance.now() + ms
  while (performance.now() < end || workload.operations < LEAST_OPERATIONS) {
    workload.run(5)
    await delay(20)
  }
}

async function makePending({ from, db }: Site, paths: readonly string[]): Promise<void> {
  for (const path of paths) from.write(path, 'new')
  await eventually(
    () => lookAtQueue(db)?.events === paths.length,
    () => `pending: ${lookAtQueue(db)?.events}`,
  )
}
