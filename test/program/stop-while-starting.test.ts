import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import Database from 'better-sqlite3'

import { LivePlace, SOON } from '../support/live-place.ts'

const EARLY_SIGNAL = new URL('fixture/early-signal.js', import.meta.url)
/** By then everything is watched, if the machine is not busy with other things. */
const LAST_MOMENT_MS = 100
const STEP_MS = 10

test('SIGTERM at any moment of the start ends the daemon in order', async (t) => {
  const place = new LivePlace(t)
  writeFileSync(join(place.directory, 'rules'), '-f\\.o$\n')
  for (let moment = 0; moment <= LAST_MOMENT_MS; moment += STEP_MS) {
    const env = {
      NODE_OPTIONS: `--import=${EARLY_SIGNAL.href}`,
      CLSYNC_TEST_SIGTERM_MS: `${moment}`,
    }
    const daemon = place.launch(SOON, { rulesFile: 'rules', env })
    assert.deepEqual(await daemon.ended, [0, null], `after ${moment} ms: ${daemon.log}`)
    assert.deepEqual(daemon.strangeLines, [], `after ${moment} ms`)
  }
})

test('A daemon that is stopped while it waits for the database begins nothing afterwards', async (t) => {
  const place = new LivePlace(t)
  const first = await place.start(SOON)
  assert.equal(await first.stop(), 0)
  const foreign = new Database(place.db)
  t.after(() => foreign.close())
  foreign.exec('BEGIN IMMEDIATE')
  const second = place.launch(SOON)
  await second.says('database:waiting')
  second.signal('SIGTERM')
  await second.says('daemon:stopping')
  foreign.exec('ROLLBACK')
  assert.deepEqual(await second.ended, [0, null], second.log)
  assert.deepEqual(second.saysOf('database:opened'), [])
  assert.deepEqual(second.saysOf('daemon:ready'), [])
  assert.deepEqual(second.strangeLines, [])
})
