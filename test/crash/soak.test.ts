import assert from 'node:assert/strict'
import { test } from 'node:test'

import { soak } from '../support/soak.ts'
import { growthIn, type Usage } from '../support/soak-figures.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const MEBIBYTE = 1 << 20
const USAGE: Usage = {
  lag: 0.3,
  rss: 100 * MEBIBYTE,
  handles: 30,
  log: 4 * MEBIBYTE,
  database: MEBIBYTE,
}

test('a soak of seconds passes, and says what was used', async (t) => {
  const said: string[] = []
  const directory = temporaryDirectory(t)
  const short = { minutes: 2, minuteMs: 1_500, killsARound: 1 }
  await soak({ ...short, directory, seed: 1, say: (line) => said.push(line) })
  for (const line of said) t.diagnostic(line)
  assert.match(said.join('\n'), /minute 2: \d+ operations, .*lag .*RSS .*handles, log /)
  assert.match(said.join('\n'), /1 kills, nothing forgotten/)
})

test('a soak fails on growth', () => {
  assert.deepEqual(growthIn([USAGE, { ...USAGE, lag: 2, rss: 140 * MEBIBYTE }, USAGE]), [])
  for (const grown of [
    { lag: 100 },
    { rss: 190 * MEBIBYTE },
    { handles: 50 },
    { log: 100 * MEBIBYTE },
    { database: 50 * MEBIBYTE },
  ]) {
    assert.equal(growthIn([USAGE, { ...USAGE, ...grown }]).length, 1, JSON.stringify(grown))
  }
  assert.equal(growthIn([]).length, 1)
})
