import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { LISTED, LivePlace } from '../support/live-place.ts'

function toldPaths(place: LivePlace): readonly string[] {
  return [...place.told().keys()].toSorted()
}

describe('The initial sync', { concurrency: 4 }, () => {
  test('Runs once for a database, and single paths are told after that', async (t) => {
    const place = new LivePlace(t)
    for (const name of ['a', 'd/b']) place.tree.write(name, 'x')
    await place.start(LISTED)
    assert.deepEqual(
      place.runs().map(({ args }) => args),
      [['initialsync', 'nolabel', 'tree']],
    )
    assert.deepEqual(place.query('SELECT outcome, why FROM history'), [
      { outcome: 'succeeded', why: null },
    ])
    await place.daemon.stop()
    await place.startAndForget(LISTED)
    assert.deepEqual(place.runs(), [])
    await place.daemon.stop()
    await place.start([...LISTED, '--initialsync', 'always'])
    assert.equal(place.runs('initialsync').length, 1)
    assert.equal(place.runs().length, 1)
  })

  test('What changes while it runs is told afterwards, and nothing else', async (t) => {
    const place = new LivePlace(t)
    for (const name of ['same', 'changed', 'gone', 'd/same']) place.tree.write(name, 'x')
    place.hold()
    place.launch(LISTED)
    await place.ran('initialsync')
    await place.until(() => place.status('state') === 'initial sync')
    place.tree.write('changed', 'longer than before')
    place.tree.write('d/new', 'x')
    place.tree.remove('gone')
    await place.until(() => place.waiting().length === 3)
    assert.equal(place.runs().length, 1)
    place.letGo()
    await place.settled()
    assert.deepEqual(toldPaths(place), ['changed', 'd/new', 'gone'])
  })

  test('Is tried again until it succeeds, and everything else waits for it', async (t) => {
    const place = new LivePlace(t)
    place.exitWith(1)
    const delays = ['--retrydelay', '.1', '--retrydelaymax', '.2']
    place.launch([...LISTED, ...delays])
    await place.until(() => place.runs('initialsync').length >= 3)
    place.tree.write('file', 'x')
    await place.until(() => place.waiting().length === 1)
    await place.until(() => place.runs('initialsync').length >= 5)
    assert.equal(place.runs('synclist').length, 0)
    const attempts = place.runs().map(({ environment }) => environment.get('CLSYNC_ATTEMPT'))
    assert.deepEqual(attempts.slice(0, 5), ['1', '2', '3', '4', '5'])
    place.exitWith(0)
    await place.tells('file')
    await place.daemon.stop()
    place.forgetRuns()
    await place.start(LISTED)
    assert.deepEqual(place.runs(), [])
  })

  test('Is done again when its daemon was killed', async (t) => {
    const place = new LivePlace(t)
    place.tree.write('a', 'x')
    place.hold()
    const first = place.launch(LISTED)
    await place.ran('initialsync')
    await first.says('reconcile:finished')
    await first.kill()
    place.tree.write('b', 'x')
    const second = place.launch(LISTED)
    // It is still running, and holds the tree.
    await second.says('run:outlived')
    assert.equal(place.runs('initialsync').length, 1)
    place.letGo()
    await second.says('run:succeeded', ({ kind }) => kind === 'initialsync')
    await place.settled()
    assert.equal(place.runs('initialsync').length, 2)
    assert.deepEqual(toldPaths(place), ['b'])
  })

  for (const point of [
    'reconcile begun',
    'reconcile listed',
    'reconcile crawled',
    'initial sync ran',
  ]) {
    test(`Is done again when the first start is killed: ${point}`, async (t) => {
      const place = new LivePlace(t)
      for (const name of ['a', 'd/b', 'd/c']) place.tree.write(name, 'x')
      const first = place.launch(LISTED, { env: { CLSYNC_KILL_AT: point } })
      assert.deepEqual(await first.ended, [null, 'SIGKILL'])
      place.tree.remove('d/b')
      await place.start(LISTED)
      const [again] = place.runs('initialsync').slice(-1)
      assert.equal(again?.exitCode, 0)
      place.forgetRuns()
      place.tree.write('e', 'x')
      await place.daemon.kill()
      await place.start(LISTED)
      assert.deepEqual(toldPaths(place), ['e'])
    })
  }

  test('With never, what changed since the first start is told even if that was killed', async (t) => {
    const place = new LivePlace(t)
    for (const name of ['a', 'd/b']) place.tree.write(name, 'x')
    const never = [...LISTED, '--initialsync', 'never']
    // Older than the first start by more than a tick of the clock.
    await place.until(() => Date.now() - (place.tree.stat('d/b')?.ctimeMs ?? 0) > 50)
    const first = place.launch(never, { env: { CLSYNC_KILL_AT: 'reconcile begun' } })
    await first.ended
    place.tree.write('new', 'x')
    await place.start(never)
    assert.deepEqual(toldPaths(place), ['new'])
    assert.equal(place.runs('initialsync').length, 0)
  })
})
