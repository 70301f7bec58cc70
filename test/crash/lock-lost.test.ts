import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, test, type TestContext } from 'node:test'

import { eventually } from '../support/eventually.ts'
import { remove } from '../support/file-harm.ts'
import { LiveDaemon } from '../support/live-daemon.ts'
import { type Site, siteFor } from '../support/site.ts'

/** Another daemon on the same database; the site knows nothing of it. */
function startAnother(t: TestContext, site: Site): LiveDaemon {
  const args = ['--db', site.db, site.from.root, site.script]
  const daemon = new LiveDaemon(args, { cwd: site.notes })
  t.after(async () => daemon.kill())
  return daemon
}

describe('a daemon whose lock was deleted', { concurrency: 2 }, () => {
  test('takes it anew, goes on, and no second one starts (P9)', async (t) => {
    const site = siteFor(t)
    const first = await site.begin()
    const lock = `${site.db}.lock`
    remove(lock)
    await eventually(
      () => existsSync(lock),
      () => first.log,
    )
    const second = startAnother(t, site)
    assert.deepEqual(await second.ended, [2, null])
    assert.match(second.log, new RegExp(`is in use by a running clsync \\(pid ${first.pid}\\)`))
    site.from.write('file', 'new')
    await site.untilEqual()
    assert.equal(await first.stop(), 0)
  })

  test('ends when a second one was faster (P9)', async (t) => {
    const site = siteFor(t)
    const first = await site.begin()
    first.signal('SIGSTOP')
    remove(`${site.db}.lock`)
    const second = startAnother(t, site)
    await second.says('daemon:ready')
    first.signal('SIGCONT')
    assert.deepEqual(await first.ended, [1, null])
    assert.match(first.log, /lock .*queue\.db\.lock was deleted or replaced while in use/)
    assert.equal(await second.stop(), 0)
  })
})
