import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { fastDirectory } from '../../support/fast-directory.js'
import { testUnless } from '../../support/test-unless.js'
import { whyNoFanotify } from './availability.js'
import { DirectEngine } from './direct-engine.js'
import { kernelBeforeNames, kernelBeforeRenames, kernelWithLimitedQueue } from './other-kernels.js'

/** Longer queues take long to fill. */
const LONGEST_QUEUE = 65_536
const MOST_QUEUED = '/proc/sys/fs/fanotify/max_queued_events'

testUnless(await whyNoFanotify(), 'fanotify of other kernels', kernelTests)

function kernelTests(): void {
  test('a queue that overflows has the whole tree compared, and what comes later is told', async (t) => {
    const most = Number(readFileSync(MOST_QUEUED, 'utf8'))
    if (most > LONGEST_QUEUE) return t.skip(`the queue takes ${most} events`)
    const root = fastDirectory(t)
    mkdirSync(join(root, 'a'))
    const direct = await DirectEngine.start(t, root, kernelWithLimitedQueue())
    for (let index = 0; index <= most; index += 1) writeFileSync(join(root, `a/${index}`), '')
    const told = direct.drainAll()
    t.diagnostic(`${told.size} of ${most + 1} names are told before the queue overflows`)
    assert.deepEqual(direct.others, ['below  overflow'])
    assert.ok(told.size <= most)
    renameSync(join(root, 'a'), join(root, 'b'))
    writeFileSync(join(root, 'b/late'), '')
    const late = direct.drain()
    assert.equal(late.get('b'), 'MOVED_TO|MOVE_SELF|ISDIR')
    assert.equal(late.get('b/late'), 'CLOSE_WRITE|CREATE')
    assert.deepEqual(direct.others, ['below  overflow', 'renamed a b'])
  })

  test('before Linux 5.17 what is in a directory that was moved is compared', async (t) => {
    const root = fastDirectory(t)
    mkdirSync(join(root, 'a/d'), { recursive: true })
    writeFileSync(join(root, 'a/x'), '')
    const direct = await DirectEngine.start(t, root, kernelBeforeRenames())
    renameSync(join(root, 'a/x'), join(root, 'y'))
    renameSync(join(root, 'a/d'), join(root, 'e'))
    writeFileSync(join(root, 'e/new'), '')
    const told = direct.drain()
    assert.deepEqual(Object.fromEntries(told), {
      'a/x': 'MOVED_FROM',
      y: 'MOVED_TO',
      'a/d': 'MOVED_FROM|ISDIR',
      e: 'MOVED_TO|ISDIR',
      'e/new': 'CLOSE_WRITE|CREATE',
    })
    assert.deepEqual(direct.others, ['below e directory moved'])
    rmSync(join(root, 'e'), { recursive: true })
    assert.equal(direct.drain().get('e'), 'DELETE|DELETE_SELF|ISDIR')
  })

  test('before Linux 5.9 the version is asked for and --inotify offered', async (t) => {
    const root = fastDirectory(t)
    await assert.rejects(DirectEngine.start(t, root, kernelBeforeNames()), {
      code: 'engine',
      message: 'cannot use fanotify: it needs Linux 5.9 or newer',
      hint: 'use --inotify',
    })
  })
}
