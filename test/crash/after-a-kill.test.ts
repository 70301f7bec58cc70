import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'

import BetterSqlite3 from 'better-sqlite3'

import { signalGroup } from '../../dist/run/process-group.js'
import { eventually } from '../support/eventually.ts'
import { LiveDaemon } from '../support/live-daemon.ts'
import { callsInHand } from '../support/mirror-calls.ts'
import { type Site, siteFor } from '../support/site.ts'

describe('after a daemon was killed', { concurrency: 2 }, () => {
  test('its script that still runs is waited for, and never doubled (P3)', async (t) => {
    const site = siteFor(t)
    await site.begin()
    const [script] = await callInProgress(site)
    await site.daemon.kill()
    const next = site.start()
    const { pid } = await next.says('run:outlived')
    assert.equal(pid, script)
    site.from.write('file', 'newer')
    site.from.write('other', 'new')
    await next.says('reconcile:finished')
    assert.deepEqual(callsInHand(site.notes), [script])
    site.letScriptsGo()
    await site.untilEqual()
    site.expectNoViolations()
    const order = next.lines.map(({ event }) => event)
    assert.ok(order.indexOf('run:outlived-ended') < order.indexOf('batch:claimed'))
  })

  test('its script that hangs is ended when its time is over', async (t) => {
    const site = siteFor(t)
    const first = await site.begin()
    const mirror = readFileSync(site.script)
    site.write("trap '' TERM; echo hangs; sleep 600; sleep 600")
    site.from.write('file', 'new')
    await first.says('run:output', ({ line }) => line === 'hangs')
    await first.kill()
    writeFileSync(site.script, mirror)
    const next = site.start(['--synctimeout', '5'])
    const { pid } = await next.says('run:outlived')
    t.after(() => signalGroup(Number(pid), 'SIGKILL'))
    await next.says('run:outlived-timed-out')
    await next.says('run:outlived-ended')
    await next.says('run:succeeded')
    await site.untilEqual()
    site.expectNoViolations()
  })

  test('a stranger with the process id of its script is not waited for', async (t) => {
    const site = siteFor(t)
    await site.begin()
    const [script = 0] = await callInProgress(site)
    await site.daemon.kill()
    process.kill(script, 'SIGKILL')
    site.letScriptsGo()
    const stranger = spawn('sleep', ['600'])
    t.after(() => stranger.kill('SIGKILL'))
    rememberAsScript(site.db, stranger.pid)
    const next = site.start()
    await site.untilEqual()
    assert.deepEqual(next.saysOf('run:outlived'), [])
    assert.equal(stranger.exitCode ?? stranger.signalCode, null)
  })

  test('another one is refused while it only hangs, and not when it is gone (P9)', async (t) => {
    const site = siteFor(t)
    const first = await site.begin()
    first.signal('SIGSTOP')
    const second = new LiveDaemon(['--db', site.db, site.from.root, site.script], {
      cwd: site.notes,
    })
    t.after(async () => second.kill())
    const [code] = await second.ended
    assert.equal(code, 2)
    assert.match(second.log, new RegExp(`is in use by a running clsync \\(pid ${first.pid}\\)`))
    await first.kill()
    assert.ok(existsSync(`${site.db}.lock`))
    site.from.write('file', 'new')
    const third = site.start()
    await site.untilEqual()
    assert.deepEqual(third.saysOf('database:replaced'), [])
  })
})

/** Starts a call that waits until scripts are let go; returns its process. */
async function callInProgress(site: Site): Promise<readonly number[]> {
  site.holdScripts()
  site.from.write('file', 'new')
  await eventually(
    () => callsInHand(site.notes).length === 1,
    () => site.daemon.log,
  )
  return callsInHand(site.notes)
}

function rememberAsScript(db: string, pid: number | undefined): void {
  const connection = new BetterSqlite3(db)
  const { changes } = connection.prepare('UPDATE run SET pid = ? WHERE ended_at IS NULL').run(pid)
  connection.close()
  assert.equal(changes, 1)
}
