import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

import { InstanceLock, lockPathOf } from '../../dist/queue/lock.js'
import { openQueue } from '../support/delivery-rig.ts'
import { remove, replace } from '../support/file-harm.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const HOLDER = fileURLToPath(new URL('./fixture/lock-holder.js', import.meta.url))

/** Another process that has the queue open. */
async function holder(t: TestContext, path: string): Promise<ChildProcess> {
  const child = fork(HOLDER, [path], { stdio: ['pipe', 'pipe', 'inherit', 'ipc'] })
  t.after(() => child.kill('SIGKILL'))
  assert.ok(child.stdout)
  await once(child.stdout, 'data')
  return child
}

test('a second daemon is refused, and told the pid of the first', async (t) => {
  const path = join(temporaryDirectory(t), 'queue.db')
  const { pid } = await holder(t, path)
  const since = performance.now()
  assert.throws(() => openQueue(path, new SimulatedClock()), {
    code: 'locked',
    message: `${path} is in use by a running clsync (pid ${pid})`,
  })
  assert.ok(performance.now() - since < 5_000, 'at once')
})

test('a daemon that was killed never blocks the next', async (t) => {
  const path = join(temporaryDirectory(t), 'queue.db')
  for (let round = 0; round < 3; round++) {
    const child = await holder(t, path)
    child.kill('SIGKILL')
    await once(child, 'exit')
    openQueue(path, new SimulatedClock()).abandon()
  }
})

test('one that ended in order gives it free, in the same process too', async (t) => {
  const path = join(temporaryDirectory(t), 'queue.db')
  const first = new InstanceLock(path)
  assert.throws(() => new InstanceLock(path), { code: 'locked' })
  first.release()
  const second = new InstanceLock(path)
  assert.deepEqual([first.isFirst, second.isFirst], [true, false])
  second.release()
})

const LOSSES: ReadonlyArray<readonly [what: string, lose: (lock: string) => void]> = [
  ['deleted', remove],
  ['replaced', replace],
]

for (const [what, lose] of LOSSES) {
  test(`a lock that is ${what} is taken anew, and keeps others out`, async (t) => {
    const path = join(temporaryDirectory(t), 'queue.db')
    const queue = openQueue(path, new SimulatedClock())
    t.after(() => queue.abandon())
    lose(lockPathOf(path))
    queue.assertInPlace()
    assert.throws(() => openQueue(path, new SimulatedClock()), { code: 'locked' })
    queue.assertInPlace()
    await queue.write(() => queue.daemon.setStatus('a', 'b', 0))
  })

  test(`a lock that is ${what} and taken by another daemon ends this one`, async (t) => {
    const path = join(temporaryDirectory(t), 'queue.db')
    const queue = openQueue(path, new SimulatedClock())
    lose(lockPathOf(path))
    await holder(t, path)
    const refusal = { code: 'locked', message: new RegExp(`^lock ${path}.lock was deleted`) }
    assert.throws(() => queue.assertInPlace(), refusal)
    queue.abandon()
    assert.throws(() => openQueue(path, new SimulatedClock()), { code: 'locked' })
  })
}

test('a lock that was away for a moment is still had', (t) => {
  const path = join(temporaryDirectory(t), 'queue.db')
  const lock = new InstanceLock(path)
  t.after(() => lock.release())
  renameSync(lockPathOf(path), `${path}.away`)
  lock.assertInPlace()
  renameSync(`${path}.away`, lockPathOf(path))
  lock.assertInPlace()
  assert.throws(() => new InstanceLock(path), { code: 'locked' })
})

test('a lock that is no such file, or cannot be had, is an error with words', (t) => {
  const directory = temporaryDirectory(t)
  const junk = join(directory, 'junk.db')
  writeFileSync(lockPathOf(junk), 'something else altogether, long enough to be no database')
  assert.throws(() => new InstanceLock(junk), { code: 'database', message: /cannot lock .*junk/ })

  const linked = join(directory, 'linked.db')
  symlinkSync(join(directory, 'elsewhere'), lockPathOf(linked))
  assert.throws(() => new InstanceLock(linked), { code: 'database' })
  assert.ok(!existsSync(join(directory, 'elsewhere')))

  assert.throws(() => new InstanceLock(join(directory, 'no', 'such.db')), { code: 'database' })
})

test('a database that cannot be opened does not keep the lock', (t) => {
  const directory = temporaryDirectory(t)
  const path = join(directory, 'queue.db')
  writeFileSync(path, 'not a database at all, but somebody wrote it here for some reason')
  assert.throws(() => openQueue(path, new SimulatedClock()))
  rmSync(path)
  openQueue(path, new SimulatedClock()).abandon()
  chmodSync(path, 0o600)
})
