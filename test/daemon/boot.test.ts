import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { describe, test } from 'node:test'

import BetterSqlite3 from 'better-sqlite3'

import { IN_CLOSE_WRITE, IN_MODIFY } from '../../dist/model/mask.js'
import { bootId } from '../../dist/run/boot-id.js'
import { eventually } from '../support/eventually.ts'
import type { LiveDaemon } from '../support/live-daemon.ts'
import { LISTED, LivePlace } from '../support/live-place.ts'
import { wrongBy } from '../support/wrong-clock.ts'

const skip = bootId() === undefined && 'boots have no names here'
const MINUTE_NS = 60_000_000_000n
const HOUR_MS = 3_600_000

/** Writes old files, and then recent ones. */
async function writeBoth({ tree }: LivePlace): Promise<void> {
  for (const path of ['old', 'd/old']) tree.write(path, 'x')
  tree.link('link', 'old')
  const ctimeOf = (path: string): number => lstatSync(tree.at(path)).ctimeMs
  await eventually(
    () => {
      for (const path of ['recent', 'd/recent']) tree.write(path, 'x')
      return ctimeOf('recent') > ctimeOf('link') + 10
    },
    () => 'the clock of the file system stands still',
  )
}

/**
 * Has the catalogue know of a change a minute after the old files, before it is over, and changes
 * what is recorded of the daemon.
 */
function rewrite({ db, tree }: LivePlace, daemon: string, ...values: readonly unknown[]): void {
  const { ctimeNs } = lstatSync(tree.at('d/old'), { bigint: true })
  const connection = new BetterSqlite3(db)
  try {
    connection
      .prepare('UPDATE entry SET ctime = @at, mtime = @at WHERE directory = 0')
      .run({ at: ctimeNs + MINUTE_NS })
    connection.prepare(`UPDATE daemon SET ${daemon}`).run(...values)
  } finally {
    connection.close()
  }
}

describe('When a daemon is started', { concurrency: 2, skip }, () => {
  const endings = [
    ['was killed', (daemon: LiveDaemon) => daemon.kill()],
    ['stopped in order', (daemon: LiveDaemon) => daemon.stop()],
  ] as const
  for (const [how, end] of endings) {
    test(`in another boot than the one that ${how}: what was written last is told again, once, and nothing else`, async (t) => {
      const place = new LivePlace(t)
      await writeBoth(place)
      await end(await place.startAndForget(LISTED))
      rewrite(place, 'boot_id = ?', randomUUID())
      const second = await place.start(LISTED, wrongBy(HOUR_MS))
      const written = IN_MODIFY | IN_CLOSE_WRITE
      assert.deepEqual([...place.told()].toSorted(), [
        ['d/recent', written],
        ['recent', written],
      ])
      assert.equal((await second.says('catalogue:doubted'))['files'], 2)
      assert.equal(place.runs('initialsync').length, 0)
      await second.kill()
      place.forgetRuns()
      await expectNothingTold(place)
    })
  }

  test('in the same boot: nothing is told again', async (t) => {
    const place = new LivePlace(t)
    await writeBoth(place)
    await (await place.startAndForget(LISTED)).kill()
    rewrite(place, 'boot_id = boot_id')
    await expectNothingTold(place)
  })
})

async function expectNothingTold(place: LivePlace): Promise<void> {
  const daemon = await place.start(LISTED, wrongBy(HOUR_MS))
  assert.deepEqual([...place.told()], [])
  assert.deepEqual(daemon.saysOf('catalogue:doubted'), [])
}
