import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

import { Daemon } from '../../dist/daemon/daemon.js'
import { watchSettings } from '../../dist/daemon/watch-settings.js'
import { type Options, resolveOptions } from '../../dist/options.js'
import { EarlyWatcher } from '../../dist/watch/early-watcher.js'
import { workplace } from '../support/clsync-process.ts'

const THREAD = new URL('../../dist/daemon/watch-thread.js', import.meta.url)

function optionsIn(directory: string): Options {
  const operands = [join(directory, 'tree'), join(directory, 'script')]
  const settings = new Map([['db', [join(directory, 'clsync.db')]] as const])
  return resolveOptions(
    { operands, switches: new Set(), settings },
    { cwd: directory, platform: 'linux', cores: 1, isRoot: false, home: directory, stateHome: '' },
  )
}

for (const [when, isBegun] of [
  ['before it starts begins no session', false],
  ['while it starts ends its session', true],
] as const) {
  test(`A daemon that is stopped ${when}, and its thread ends first`, async (t) => {
    const options = optionsIn(workplace(t))
    const thread = new Worker(THREAD)
    let hasEnded = false
    thread.once('exit', () => (hasEnded = true))
    const earlyWatcher = new EarlyWatcher(watchSettings(options, 'inotify', undefined), thread)
    const daemon = new Daemon(options, { earlyWatcher })
    const starting = isBegun ? daemon.start() : undefined
    const stopping = daemon.stop()
    const started = starting ?? daemon.start()
    await stopping
    assert.ok(hasEnded, 'the thread goes on')
    await started
    await daemon.ended
    assert.equal(existsSync(options.db), isBegun, 'the database')
  })
}
