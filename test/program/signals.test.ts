import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { isGroupAtWork } from '../../dist/run/process-group.js'
import { LivePlace, SOON } from '../support/live-place.ts'

/** How long scripts may go on when the daemon is stopped. */
const GRACE_MS = 10_000

describe('Signals', { concurrency: 4 }, () => {
  test('SIGTERM lets a run in progress end and succeed; the rest is told by the next daemon', async (t) => {
    const place = new LivePlace(t)
    const daemon = await place.startAndForget(SOON)
    place.hold()
    place.moveIn('a', 'x')
    await place.ran('sync', 'nolabel', '128', 'tree/a')
    place.moveIn('b', 'x')
    await place.until(() => place.waiting().length === 2)
    daemon.signal('SIGTERM')
    await daemon.says('daemon:stopping', ({ running }) => running === 1)
    place.letGo()
    assert.deepEqual(await daemon.ended, [0, null])
    assert.deepEqual(place.query('SELECT path, state FROM pending'), [
      { path: 'b', state: 'pending' },
    ])
    await place.start(SOON)
    assert.deepEqual(
      [...place.told('\n')],
      [
        ['a', 128],
        ['b', 128],
      ],
    )
    assert.equal(place.runs('initialsync').length, 0)
  })

  test('A script that outlives the grace after SIGTERM is ended, and told again', async (t) => {
    const place = new LivePlace(t)
    const daemon = await place.startAndForget(SOON)
    place.hold()
    place.moveIn('a', 'x')
    await place.ran('sync', 'nolabel', '128', 'tree/a')
    // The script may be quicker than the note of its process.
    const processes = 'SELECT pid FROM running WHERE pid IS NOT NULL'
    await place.until(() => place.query(processes).length > 0)
    const [{ pid }] = place.query(processes) as [{ pid: number }]
    assert.ok(isGroupAtWork(pid))
    const toldToEndAt = performance.now()
    daemon.signal('SIGTERM')
    assert.deepEqual(await daemon.ended, [0, null])
    const tookMs = performance.now() - toldToEndAt
    assert.ok(tookMs > 0.99 * GRACE_MS, `after ${tookMs} ms`)
    assert.ok(!isGroupAtWork(pid))
    assert.deepEqual(place.query('SELECT path, state FROM pending'), [
      { path: 'a', state: 'pending' },
    ])
    place.letGo()
    await place.start(SOON)
    assert.deepEqual([...place.told('\n')], [['a', 128]])
  })

  test('A second SIGTERM ends it at once; what ran is told again', async (t) => {
    const place = new LivePlace(t)
    const daemon = await place.startAndForget(SOON)
    place.hold()
    place.moveIn('a', 'x')
    await place.ran('sync', 'nolabel', '128', 'tree/a')
    daemon.signal('SIGTERM')
    await daemon.says('daemon:stopping')
    daemon.signal('SIGTERM')
    assert.deepEqual(await daemon.ended, [143, null])
    place.letGo()
    await place.start(SOON)
    await place.until(
      () => place.runs('sync').filter(({ exitCode }) => exitCode === 0).length === 2,
    )
  })

  test('SIGHUP: new rules are in force for what is there already, wrong ones change nothing', async (t) => {
    const place = new LivePlace(t)
    const rules = join(place.directory, 'rules')
    writeFileSync(rules, '-f\\.tmp$\n')
    place.tree.write('d/old.tmp', 'x')
    const daemon = await place.startAndForget([...SOON, '-v'], { rulesFile: 'rules' })
    place.moveIn('a.tmp', 'x')
    place.moveIn('a', 'x')
    await place.ran('sync', 'nolabel', '128', 'tree/a')
    writeFileSync(rules, '-f(\\.tmp$\n')
    daemon.signal('SIGHUP')
    const { message } = await daemon.says('rules:rejected')
    assert.match(message, /the old rules stay in force: rules:1:\d+/)
    place.moveIn('b.tmp', 'x')
    place.moveIn('b', 'x')
    await place.ran('sync', 'nolabel', '128', 'tree/b')
    writeFileSync(rules, '-f^/b\\.tmp$\n')
    daemon.signal('SIGHUP')
    await daemon.says('rules:reloaded')
    await daemon.says('reconcile:finished', ({ reason }) => reason === 'rules changed')
    place.moveIn('c.tmp', 'x')
    await place.ran('sync', 'nolabel', '128', 'tree/c.tmp')
    await place.settled()
    const told = [...place.told('\n').keys()].toSorted()
    assert.deepEqual(told, ['a', 'a.tmp', 'b', 'c.tmp', 'd/old.tmp'])
  })

  test('SIGHUP: rules that became a pipe are not waited for', async (t) => {
    const place = new LivePlace(t)
    const rules = join(place.directory, 'rules')
    writeFileSync(rules, '')
    const daemon = await place.startAndForget([...SOON, '-v'], { rulesFile: 'rules' })
    rmSync(rules)
    execFileSync('mkfifo', [rules])
    daemon.signal('SIGHUP')
    const { message } = await daemon.says('rules:rejected')
    assert.match(message, /rules file rules cannot be read: it is not a regular file/)
    place.moveIn('a', 'x')
    await place.ran('sync', 'nolabel', '128', 'tree/a')
  })

  test('SIGHUP: what new rules reject is forgotten without a word', async (t) => {
    const place = new LivePlace(t)
    const rules = join(place.directory, 'rules')
    writeFileSync(rules, '')
    place.tree.write('d/e/file', 'x')
    place.tree.write('f.tmp', 'x')
    const daemon = await place.startAndForget([...SOON, '-v'], { rulesFile: 'rules' })
    writeFileSync(rules, '-d^/d$\n-f\\.tmp$\n')
    daemon.signal('SIGHUP')
    await daemon.says('reconcile:finished', ({ reason }) => reason === 'rules changed')
    place.tree.remove('f.tmp')
    place.tree.write('d/e/file', 'y')
    place.moveIn('last', 'x')
    await place.ran('sync', 'nolabel', '128', 'tree/last')
    await place.settled()
    assert.deepEqual([...place.told('\n').keys()], ['last'])
  })

  test('SIGUSR1 compares the whole tree', async (t) => {
    const place = new LivePlace(t)
    place.tree.write('d/file', 'x')
    const daemon = await place.startAndForget([...SOON, '-v'])
    daemon.signal('SIGUSR1')
    const finished = await daemon.says('reconcile:finished', ({ reason }) => reason === 'audit')
    assert.deepEqual(
      [finished['directories'], finished['entries'], finished['differences']],
      [2, 2, 0],
    )
    assert.deepEqual(place.runs(), [])
  })
})
