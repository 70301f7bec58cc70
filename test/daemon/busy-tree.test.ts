import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { display, isWithin } from '../../dist/model/byte-path.js'
import { LISTED, LivePlace } from '../support/live-place.ts'
import { scaleOf } from '../support/scale.ts'
import { differentPaths, isTold, stampsOf } from '../support/tree-stamps.ts'

const CHURN = fileURLToPath(new URL('../watch/churn.js', import.meta.url))
const { seed: SEED } = scaleOf(process.env)
const OPERATIONS = 5_000
const STARTS = 3

test(`The tree is compared while files and directories come, move and go in it (seed ${SEED})`, async (t) => {
  const place = new LivePlace(t)
  for (const top of ['busy', 'still']) {
    for (let file = 0; file < 500; file++) place.tree.write(`${top}/a/b${file % 50}/f${file}`, 'x')
  }
  const outside = join(place.directory, 'outside')
  mkdirSync(outside)
  const flags = [...LISTED, '--maxdelete', '100%']
  await place.startAndForget(flags)
  const before = stampsOf(place.tree)

  const args = [CHURN, join(place.tree.root, 'busy'), outside, `${SEED}`, `${OPERATIONS}`]
  const churn = spawn(process.execPath, args, { stdio: 'inherit' })
  const churned = once(churn, 'exit')
  let starts = 0
  for (; starts < STARTS || churn.exitCode === null; starts++) {
    await place.daemon.kill()
    const daemon = place.launch(flags)
    await daemon.says('reconcile:finished', isWhole)
    const said = daemon.lines.length
    daemon.signal('SIGUSR1')
    await daemon.says('reconcile:finished', isWhole, said)
  }
  await churned
  await place.settled()

  const told = place.told()
  const expected = differentPaths(before, stampsOf(place.tree))
  const missing = [...expected].filter((path) => !isTold(path, told))
  const strange = [...told.keys()].filter((path) => isWithin(path, 'still'))
  assert.deepEqual([missing.map(display), strange.map(display)], [[], []])
  assert.equal(place.runs('initialsync').length, 0)
  await place.daemon.kill()
  const last = place.launch(flags)
  const { differences } = await last.says('reconcile:finished', isWhole)
  assert.equal(differences, 0, 'the catalogue has what is there')
  t.diagnostic(`${expected.size} paths, ${told.size} told, ${starts} starts`)
})

/** Of the whole tree, for whatever reason: what is owed again takes the newer one. */
function isWhole({ path }: { readonly [field: string]: unknown }): boolean {
  return path === ''
}
