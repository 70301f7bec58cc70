import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { test } from 'node:test'

import { eventually } from '../support/eventually.ts'
import { callsInHand } from '../support/mirror-calls.ts'
import { readNotes } from '../support/mirror-settings.ts'
import type { LiveDaemon } from '../support/live-daemon.ts'
import { type Site, siteFor } from '../support/site.ts'
import { isBehindLink } from '../support/workload.ts'

type Absence = (daemon: LiveDaemon, meanwhile: () => Promise<void>, site: Site) => Promise<void>

const ABSENCES: Readonly<Record<string, Absence>> = {
  'while its daemon does not look': async (daemon, meanwhile) => {
    await daemon.pause()
    await meanwhile()
    daemon.signal('SIGCONT')
  },
  'while its daemon stops': async (daemon, meanwhile, site) => {
    const stopped = daemon.stop()
    await daemon.says('daemon:stopping')
    await meanwhile()
    await stopped
    site.start()
  },
  'after its daemon was killed': async (daemon, meanwhile, site) => {
    await daemon.kill()
    await meanwhile()
    site.start()
  },
}

for (const [when, absence] of Object.entries(ABSENCES)) {
  test(`a script that met a link in the place of a directory ${when} is told all of it when it is back`, async (t) => {
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
    // The daemon hears of the link when that is gone again.
    const swap = async (): Promise<void> => {
      renameSync(site.from.at('d'), site.outside.at('d'))
      site.from.link('d', `${site.outside.root}/theirs`)
      site.letScriptsGo()
      await eventually(
        () => site.to.stat('d')?.isSymbolicLink() === true,
        () => 'the script mirrored no link',
      )
      site.from.remove('d')
      renameSync(site.outside.at('d'), site.from.at('d'))
    }
    await absence(daemon, swap, site)
    await site.untilEqual()
    site.expectNoViolations()
    assert.deepEqual(
      readNotes(site.notes).flatMap(({ paths }) => paths.filter(isBehindLink)),
      [],
    )
  })
}
