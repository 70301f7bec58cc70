import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { eventually } from '../support/eventually.ts'
import { lookAtQueue } from '../support/queue-look.ts'
import { type Site, siteFor } from '../support/site.ts'
import { SmallDisk, whyNoSmallDisk } from '../support/small-disk.ts'

const DATABASE_BYTES = 8 << 20
const LIST_BYTES = 64 << 10
const FILES = 5_000
const FEW = 500

function makeFiles({ from }: Site, directory: string, count: number): void {
  for (let nth = 0; nth < count; nth++) from.write(`${directory}/file number ${nth}`, `${nth}`)
}

function pendingIn({ db }: Site): number {
  return lookAtQueue(db)?.events ?? Number.NaN
}

describe('a full disk', { skip: whyNoSmallDisk, concurrency: 3 }, () => {
  test('of the database: events wait, and all are told when there is room again', async (t) => {
    const disk = new SmallDisk(t, DATABASE_BYTES)
    const site = siteFor(t, { state: `${disk.directory}/state` })
    const daemon = await site.begin()
    disk.fill()
    // What is told makes room again: on a slow machine as fast as files are made.
    site.holdScripts()
    let made = 0
    await eventually(
      () => {
        if (pendingIn(site) >= made * FEW) makeFiles(site, `directory ${++made}`, FEW)
        return daemon.saysOf('database:waiting').length > 0
      },
      () => `not full after ${made} directories: ${daemon.log}`,
    )
    const { message } = await daemon.says('database:waiting')
    assert.match(message, /full/)
    makeFiles(site, 'last', 100)
    disk.clear()
    await daemon.says('database:recovered')
    site.letScriptsGo()
    await site.untilEqual()
    assert.deepEqual(daemon.saysOf('database:replaced'), [])
  })

  test('of the database: what waits can be done and deleted, thanks to the ballast', async (t) => {
    const disk = new SmallDisk(t, DATABASE_BYTES)
    const site = siteFor(t, { state: `${disk.directory}/state` })
    const daemon = await site.begin()
    site.holdScripts()
    makeFiles(site, 'one', FILES)
    await eventually(
      () => pendingIn(site) > FILES,
      () => `all wait: ${pendingIn(site)}`,
    )
    disk.fill()
    site.letScriptsGo()
    await site.untilEqual()
    assert.equal(pendingIn(site), 0)
    assert.deepEqual(daemon.saysOf('database:replaced'), [])
  })

  test('of the database from the start on: it is used nevertheless, and not thrown away', async (t) => {
    const disk = new SmallDisk(t, DATABASE_BYTES)
    const site = siteFor(t, { state: `${disk.directory}/state` })
    await (await site.begin()).stop()
    disk.fill()
    const daemon = site.start()
    await daemon.says('daemon:ready')
    makeFiles(site, 'one', 10)
    await site.untilEqual()
    assert.deepEqual(daemon.saysOf('database:replaced'), [])
  })

  test('of the lists: runs fail with words, and all are told when there is room again', async (t) => {
    const disk = new SmallDisk(t, LIST_BYTES)
    const site = siteFor(t, { lists: `${disk.directory}/lists` })
    const daemon = await site.begin()
    disk.fill()
    makeFiles(site, 'one', 10)
    const { message } = await daemon.says('run:failed')
    assert.match(message, /list.*ENOSPC|no space|full/)
    disk.clear()
    await site.untilEqual()
    site.expectNoViolations()
  })
})
