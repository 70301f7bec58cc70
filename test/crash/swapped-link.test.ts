import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { test } from 'node:test'

import { eventually } from '../support/eventually.ts'
import { callsInHand } from '../support/mirror-calls.ts'
import { readNotes } from '../support/mirror-settings.ts'
import { siteFor } from '../support/site.ts'
import { isBehindLink } from '../support/workload.ts'

test('a script that met a link in the place of a directory is told all of it when it is back', async (t) => {
  const site = siteFor(t)
  site.from.write('d/file', 'ours')
  site.from.write('d/sub/file', 'ours')
  site.outside.write('theirs/file', 'theirs')
  site.outside.write('theirs/behind a link/file', 'theirs')
  const daemon = await site.begin()
  site.holdScripts()
  site.from.chmod('d', 0o700)
  await eventually(
    () => callsInHand(site.notes).length === 1,
    () => daemon.log,
  )
  // It hears of the link when that is gone again.
  await daemon.pause()
  renameSync(site.from.at('d'), site.outside.at('d'))
  site.from.link('d', `${site.outside.root}/theirs`)
  site.letScriptsGo()
  await eventually(
    () => site.to.stat('d')?.isSymbolicLink() === true,
    () => 'the script mirrored no link',
  )
  site.from.remove('d')
  renameSync(site.outside.at('d'), site.from.at('d'))
  daemon.signal('SIGCONT')
  await site.untilEqual()
  site.expectNoViolations()
  assert.deepEqual(
    readNotes(site.notes).flatMap(({ paths }) => paths.filter(isBehindLink)),
    [],
  )
})
