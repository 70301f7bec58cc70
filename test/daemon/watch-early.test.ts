import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

import { watchEarly } from '../../dist/daemon/watch-early.js'
import { InstanceLock } from '../../dist/queue/lock.js'
import { workplace } from '../support/clsync-process.ts'

test('Nothing is watched early while another daemon has the database', async (t) => {
  const directory = workplace(t)
  const options = {
    watchDir: join(directory, 'tree'),
    db: join(directory, 'clsync.db'),
    listsDir: undefined,
    pollMs: undefined,
    engine: 'inotify',
    rulesFile: undefined,
  } as const
  const lock = new InstanceLock(options.db)
  assert.equal(watchEarly(options, undefined), undefined)
  lock.release()
  const watcher = watchEarly(options, undefined)
  assert.ok(watcher !== undefined, 'free again')
  await watcher.close()
})
