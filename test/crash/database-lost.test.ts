import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'

import BetterSqlite3 from 'better-sqlite3'

import { cutOff, overwrite, remove, replace } from '../support/file-harm.ts'
import type { LogLine } from '../support/live-daemon.ts'
import { LISTED, LivePlace } from '../support/live-place.ts'
import { scaleOf } from '../support/scale.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { type Site, siteFor } from '../support/site.ts'
import { Workload } from '../support/workload.ts'

const FILES = ['', '-wal'] as const
type File = (typeof FILES)[number]
type Moment = 'while the daemon runs' | 'after a kill'
const HARMS = { deleted: remove, replaced: replace, 'cut off': cutOff, overwritten: overwrite }
type What = keyof typeof HARMS

/** Each is one of the ways to notice; `test/queue` has the others without a daemon. */
const SHORT: readonly (readonly [Moment, File, What])[] = [
  ['while the daemon runs', '', 'deleted'],
  ['while the daemon runs', '-wal', 'cut off'],
  ['while the daemon runs', '', 'overwritten'],
  ['after a kill', '-wal', 'deleted'],
  ['after a kill', '', 'overwritten'],
]
const ALL = (['while the daemon runs', 'after a kill'] as const).flatMap((moment) =>
  FILES.flatMap((file) =>
    (Object.keys(HARMS) as What[]).map((what) => [moment, file, what] as const),
  ),
)

/** A site whose mirror is equal and whose database has something in both files. */
async function busySite(t: TestContext): Promise<readonly [Site, Workload]> {
  const site = siteFor(t)
  const workload = new Workload(site.from, site.outside, new SeededRandom(7))
  site.diary = workload.diary
  workload.run(60)
  await site.start().says('daemon:ready')
  workload.run(40)
  await site.untilEqual()
  checkpoint(site.db)
  workload.run(40)
  await site.untilEqual()
  return [site, workload]
}

function checkpoint(db: string): void {
  const connection = new BetterSqlite3(db)
  connection.pragma('wal_checkpoint')
  connection.close()
}

/** Never a silent start from nothing: it says what was lost and where that is. */
function expectMovedAside(site: Site, replaced: LogLine): void {
  assert.match(replaced.message, new RegExp(`new database .*: database ${site.db}`))
  assert.ok(existsSync(String(replaced['movedTo'])))
}

async function harmWhileRunning(site: Site, workload: Workload, harm: () => void): Promise<void> {
  harm()
  workload.run(50)
  // What is damaged inside is found when it is read again.
  site.daemon.signal('SIGUSR1')
  expectMovedAside(site, await site.daemon.says('database:replaced'))
}

async function harmAfterKill(
  site: Site,
  workload: Workload,
  { harm, isNoticed }: { readonly harm: () => void; readonly isNoticed: boolean },
): Promise<void> {
  workload.run(50)
  await site.daemon.kill()
  harm()
  workload.run(50)
  const daemon = site.start()
  if (isNoticed) expectMovedAside(site, await daemon.says('database:replaced'))
}

describe(
  'a database that was lost is moved aside, says so, and everything is caught up',
  {
    concurrency: 4,
  },
  () => {
    for (const [moment, file, what] of scaleOf(process.env).isLong ? ALL : SHORT) {
      test(`${moment} queue.db${file} is ${what}`, async (t) => {
        const [site, workload] = await busySite(t)
        const harm = (): void => HARMS[what](site.db + file)
        if (moment === 'after a kill') {
          // A faithful copy under the same name is the same database, when nobody has it open.
          await harmAfterKill(site, workload, { harm, isNoticed: what !== 'replaced' })
        } else {
          await harmWhileRunning(site, workload, harm)
        }
        await site.untilEqual()
        workload.run(20)
        await site.untilEqual()
        await site.untilTold(workload.diary)
      })
    }
  },
)

test('A lost database puts no other rules in force, nor broken ones', async (t) => {
  const place = new LivePlace(t)
  const rulesFile = join(place.directory, 'rules')
  writeFileSync(rulesFile, '-f^/ignored$\n')
  const daemon = await place.start(LISTED, { rulesFile })
  writeFileSync(rulesFile, 'half of a rul')
  remove(place.db)
  await daemon.says('database:replaced')
  place.tree.write('ignored', 'x')
  place.tree.write('told', 'x')
  await place.until(() => place.told().has('told'))
  await place.settled()
  assert.ok(!place.told().has('ignored'))
  // Now they are asked for.
  writeFileSync(rulesFile, '-f^/told$\n')
  daemon.signal('SIGHUP')
  await daemon.says('rules:reloaded')
  place.tree.write('ignored', 'y')
  await place.until(() => place.told().has('ignored'))
})
