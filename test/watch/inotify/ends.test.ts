import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { fastDirectory } from '../../support/fast-directory.js'
import { EngineSession } from './engine-session.js'

const WAITING = new URL('./waiting-engine.js', import.meta.url).pathname
const FAR_TOO_LONG_MS = 30_000

for (const how of ['exit', 'throw', 'terminate', 'exit-over-worker']) {
  test(`an engine that waits holds up no end of a process or thread (${how})`, (t) => {
    const program = [WAITING, fastDirectory(t), how]
    const ended = spawnSync(process.execPath, program, { timeout: FAR_TOO_LONG_MS })
    assert.equal(ended.signal, null)
    assert.equal(ended.status, how === 'throw' ? 1 : 3, String(ended.stderr))
  })
}

test('close ends a wait at once, twice is as good as once, wake is remembered', async (t) => {
  const session = await EngineSession.start(t, { root: fastDirectory(t) })
  session.engine.wake()
  await session.engine.wait(1_000_000)
  const waited = session.engine.wait(1_000_000)
  await session.engine.close()
  await session.engine.close()
  await waited
})

test('many engines come and go without leaving descriptors behind', async (t) => {
  const root = fastDirectory(t)
  const before = readdirSync('/proc/self/fd').length
  for (let round = 0; round < 100; round++) {
    const session = new EngineSession({ root })
    await session.engine.start()
    writeFileSync(join(root, 'x'), `${round}`)
    await session.until(() => session.looks.has('x'))
    await session.engine.close()
  }
  // The event loop's own ones are made with the first engine.
  assert.ok(readdirSync('/proc/self/fd').length < before + 10)
})
