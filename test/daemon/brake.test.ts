import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { LISTED, LivePlace } from '../support/live-place.ts'

const DIRECTORIES = ['d0', 'd1', 'd2', 'd3']

/** 1,204 names: enough for the brake to count in percent. */
function fill(place: LivePlace): void {
  for (const directory of DIRECTORIES) {
    for (let file = 0; file < 300; file++) place.tree.write(`${directory}/f${file}`, 'x')
  }
}

function toldPaths(place: LivePlace): readonly string[] {
  return [...place.told().keys()].toSorted()
}

describe('The mass-delete brake', { concurrency: 4 }, () => {
  test('More than half of the tree gone at once is held, until it is released by the next start', async (t) => {
    const place = new LivePlace(t)
    fill(place)
    const first = await place.startAndForget(LISTED)
    await first.kill()
    for (const directory of DIRECTORIES.slice(1)) place.tree.remove(directory)
    place.tree.remove('d0/f7')

    const second = await place.start(LISTED)
    const held = await second.says('deletions:held')
    assert.deepEqual([held['count'], held['limit']], [904, '50%'])
    assert.match(held.hint ?? '', /--maxdelete 100%.*return/)
    assert.deepEqual(place.held(), ['d0/f7', 'd1', 'd2', 'd3'])
    place.tree.write('d0/new', 'x')
    await place.tells('d0/new')
    await place.settled()
    assert.deepEqual(toldPaths(place), ['d0/new'])
    await second.stop()
    place.forgetRuns()

    const third = await place.start([...LISTED, '--maxdelete', '100%'])
    assert.equal((await third.says('deletions:released'))['count'], 904)
    assert.deepEqual(toldPaths(place), ['d0/f7', 'd1', 'd2', 'd3'])
    assert.deepEqual(place.held(), [])
  })

  test('What is held is forgotten when it returns', async (t) => {
    const place = new LivePlace(t)
    fill(place)
    const first = await place.startAndForget(LISTED)
    await first.kill()
    for (const directory of DIRECTORIES) {
      renameSync(place.tree.at(directory), join(place.directory, directory))
    }
    const second = await place.start(LISTED)
    await second.says('deletions:held')
    assert.deepEqual(place.held(), DIRECTORIES)
    for (const directory of DIRECTORIES) {
      renameSync(join(place.directory, directory), place.tree.at(directory))
    }
    await place.until(() => place.held().length === 0)
    await place.settled()
    assert.ok(toldPaths(place).every((path) => !path.includes('/')))
    await second.stop()
    place.forgetRuns()
    const third = await place.start(LISTED)
    assert.deepEqual(place.runs(), [])
    assert.equal(third.saysOf('deletions:held').length, 0)
  })

  test('A tree that grows does not release what is held', async (t) => {
    const place = new LivePlace(t)
    fill(place)
    const first = await place.startAndForget(LISTED)
    await first.kill()
    for (const directory of DIRECTORIES.slice(1)) place.tree.remove(directory)
    const second = await place.start(LISTED)
    await second.says('deletions:held')
    for (let file = 0; file < 1_500; file++) place.tree.write(`d0/new${file}`, 'x')
    await place.tells('d0/new1499')
    const before = second.lines.length
    second.signal('SIGUSR1')
    await second.says('reconcile:finished', () => true, before)
    await place.settled()
    assert.deepEqual(place.held(), DIRECTORIES.slice(1))
    await place.until(() => place.status('deletions held') === 'yes')
  })

  test('An audit finds the same again, and counts it as it did', async (t) => {
    const place = new LivePlace(t)
    fill(place)
    const first = await place.startAndForget(LISTED)
    await first.kill()
    for (const directory of DIRECTORIES) place.tree.remove(directory)
    const second = await place.start(LISTED)
    await second.says('deletions:held')
    const before = second.lines.length
    second.signal('SIGUSR1')
    const held = await second.says('deletions:held', () => true, before)
    assert.equal(held['count'], 1_204)
    assert.deepEqual(place.held(), DIRECTORIES)
    assert.deepEqual(place.runs(), [])
  })

  test('--maxdelete N counts entries, --maxdelete P% only in large trees', async (t) => {
    const place = new LivePlace(t)
    for (const name of ['a', 'b', 'c', 'd/e']) place.tree.write(name, 'x')
    const first = await place.startAndForget(LISTED)
    await first.kill()
    place.tree.remove('a')
    place.tree.remove('d')
    const second = await place.start([...LISTED, '--maxdelete', '2'])
    const held = await second.says('deletions:held')
    assert.deepEqual([held['count'], held['limit']], [3, '2'])
    assert.deepEqual(place.held(), ['a', 'd'])
    await second.stop()
    await place.start([...LISTED, '--maxdelete', '3'])
    assert.deepEqual(toldPaths(place), ['a', 'd'])
    await place.daemon.kill()
    place.forgetRuns()
    place.tree.remove('b')
    place.tree.remove('c')
    await place.start([...LISTED, '--maxdelete', '1%'])
    assert.deepEqual(toldPaths(place), ['b', 'c'])
  })

  test('What the kernel reports as deleted is not held', async (t) => {
    const place = new LivePlace(t)
    fill(place)
    await place.startAndForget([...LISTED, '--maxdelete', '0'])
    for (const directory of DIRECTORIES) place.tree.remove(directory)
    await place.tells(...DIRECTORIES)
    await place.settled()
    assert.deepEqual(place.held(), [])
    assert.equal(place.daemon.saysOf('deletions:held').length, 0)
  })
})
