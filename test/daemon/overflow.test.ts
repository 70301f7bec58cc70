import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'

import { errnoOf } from '../../dist/errors.js'
import { display, isWithin } from '../../dist/model/byte-path.js'
import { LISTED, LivePlace } from '../support/live-place.ts'
import { makeForest, RandomChanges } from '../support/random-changes.ts'
import { differentPaths, isTold, stampsOf } from '../support/tree-stamps.ts'

const LIMIT = '/proc/sys/fs/inotify/max_queued_events'
const FILES = 20_000

test(
  `Overflow: ${FILES} files made, renamed and deleted while the daemon is stopped`,
  {
    skip: whyNot(),
  },
  async (t) => {
    const place = new LivePlace(t)
    makeForest(place.tree, 50, 4)
    for (let each = 0; each < 100; each++) place.tree.makeDirectory(`many/${each}`)
    // Queues that exist keep the length they were made with, so only the start needs the low limit.
    const daemon = await withLimit('1024', () => place.startAndForget(LISTED))
    const before = stampsOf(place.tree)
    daemon.signal('SIGSTOP')
    const touched = changeMuch(place)
    daemon.signal('SIGCONT')
    place.tree.write('made when it went on', 'x')
    await place.tells('made when it went on')
    await daemon.says('reconcile:finished', ({ reason }) => reason === 'overflow')
    await place.settled()

    const told = place.told()
    const expected = differentPaths(before, stampsOf(place.tree))
    const missing = [...expected].filter((path) => !isTold(path, told))
    const strange = [...told.keys()].filter((path) => !expected.has(path) && !touched(path))
    assert.deepEqual([missing.map(display), strange.map(display)], [[], []])
    assert.equal(place.runs('initialsync').length, 0)
    t.diagnostic(`${expected.size} paths, ${place.runs('synclist').length} runs`)
  },
)

test('Overflow in the middle of changes that go on', { skip: whyNot() }, async (t) => {
  const place = new LivePlace(t)
  makeForest(place.tree, 50, 4)
  const daemon = await withLimit('16', () => place.startAndForget(LISTED))
  const before = stampsOf(place.tree)
  const changes = new RandomChanges(place.tree, 7)
  for (let round = 0; round < 3; round++) {
    changes.make(100)
    place.tree.write(`marker${round}`, 'x')
    await place.tells(`marker${round}`)
  }
  await place.settled()
  const told = place.told()
  const expected = differentPaths(before, stampsOf(place.tree))
  assert.deepEqual([...expected].filter((path) => !isTold(path, told)).map(display), [])
  assert.ok(daemon.saysOf('reconcile:finished').some(({ reason }) => reason === 'overflow'))
})

/** Makes, renames and deletes; returns what says whether a path is one of these. */
function changeMuch({ tree }: LivePlace): (path: string) => boolean {
  for (let file = 0; file < FILES; file++) {
    const name = `many/${file % 100}/f${file}`
    tree.write(name, 'x')
    if (file % 3 === 0) tree.rename(name, `${name}.renamed`)
    if (file % 3 === 1) tree.remove(name)
  }
  for (let directory = 0; directory < 100; directory += 10) {
    tree.rename(`many/${directory}`, `many/moved${directory}`)
  }
  tree.remove('top1')
  tree.rename('top2', 'top3/was top2')
  return (path) => isWithin(path, 'many') || isWithin(path, 'top1') || isWithin(path, 'top2')
}

async function withLimit<Result>(limit: string, callback: () => Promise<Result>): Promise<Result> {
  const usual = readFileSync(LIMIT, 'utf8')
  writeFileSync(LIMIT, limit)
  try {
    return await callback()
  } finally {
    writeFileSync(LIMIT, usual)
  }
}

/** Why the kernel's limit cannot be lowered here, or false. */
function whyNot(): string | false {
  if (process.platform !== 'linux') return 'inotify is in Linux only'
  try {
    writeFileSync(LIMIT, readFileSync(LIMIT))
    return false
  } catch (error) {
    return `only root can lower ${LIMIT} (${errnoOf(error)})`
  }
}
