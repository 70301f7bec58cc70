import assert from 'node:assert/strict'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { ClsyncError } from '../../dist/errors.js'
import {
  IN_ATTRIB,
  IN_CREATE,
  IN_DELETE,
  IN_ISDIR,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../../dist/model/mask.js'
import { fastDirectory } from '../support/fast-directory.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import type { PacketRecord } from './packet-log.js'
import { ThreadUnderTest } from './thread-under-test.js'

const ROOT = { path: () => '' }

test('hints that come while nobody takes packets become one sighting a name', async (t) => {
  const root = temporaryDirectory(t)
  writeFileSync(join(root, 'x'), '')
  const thread = new ThreadUnderTest(t, { root })
  await thread.hears('ready')
  for (const name of ['first', 'second']) {
    thread.engine.hear((sink) => sink.look(ROOT, name, IN_DELETE))
    await thread.until(() => thread.sightings.includes(`${name} gone`))
  }
  for (let index = 0; index < 1_000; index += 1) {
    thread.engine.hear((sink) => sink.look(ROOT, 'x', index % 2 === 0 ? IN_CREATE : IN_DELETE))
  }
  await thread.until(() => thread.engine.queue.length === 0)
  assert.equal(thread.packets.length, 2)
  thread.ack()
  await thread.until(() => thread.packets.length === 3)
  const told = thread.packets[2]?.filter((record) => record.type === 'sighting') ?? []
  assert.deepEqual(
    told.map(({ path, mask }) => [path, mask]),
    [['x', IN_CREATE | IN_DELETE]],
  )
})

test('a file that changes between its listing and its hint is told in that order', async (t) => {
  const root = temporaryDirectory(t)
  for (let index = 0; index < 21_000; index += 1) writeFileSync(join(root, `${index}`), '')
  const thread = new ThreadUnderTest(t, { root })
  await thread.hears('ready')
  thread.crawl('')
  thread.engine.hear((sink) => {
    writeFileSync(join(root, '5'), 'changed')
    sink.look(ROOT, '5', IN_CREATE)
  })
  const isEnd = (): boolean => thread.packets.flat().some((record) => record.type === 'crawled')
  await thread.untilTaking(isEnd)
  const sizes = thread.packets
    .flat()
    .filter((record) => record.type === 'sighting')
    .filter(({ path }) => path === '5')
    .map(({ seen }) => seen.size)
  assert.equal(sizes.at(-1), 7)
  assert.deepEqual(sizes, sizes.toSorted())
})

test('hints at a directory that is told in parts wait for its last part', async (t) => {
  const root = temporaryDirectory(t)
  for (let index = 0; index < 20_500; index += 1) writeFileSync(join(root, `${index}`), '')
  const thread = new ThreadUnderTest(t, { root })
  await thread.hears('ready')
  thread.crawl('')
  await thread.until(() => thread.packets.length > 0)
  thread.engine.hear((sink) => {
    for (let index = 0; index < 20_500; index += 500) {
      renameSync(join(root, `${index}`), join(root, `moved ${index}`))
      sink.look(ROOT, `${index}`, IN_MOVED_FROM)
      sink.look(ROOT, `moved ${index}`, IN_MOVED_TO)
    }
  })
  await thread.untilTaking(
    () => thread.sightings.filter((line) => line.startsWith('moved')).length >= 41,
  )
  const directories = thread.packets.flat().filter((record) => record.type === 'directory')
  assert.deepEqual(
    directories.map(({ flag }) => flag),
    ['hints', 'firstPart', 'lastPart', 'hints'],
  )
})

test('the kernel is read while one huge directory is listed', async (t) => {
  const root = temporaryDirectory(t)
  for (let index = 0; index < 10_000; index += 1) writeFileSync(join(root, `${index}`), '')
  const thread = new ThreadUnderTest(t, { root })
  await thread.hears('ready')
  const before = thread.engine.drains
  thread.crawl('')
  await thread.until(() => thread.packets.length > 0)
  assert.ok(thread.engine.drains - before > 5)
})

test('what could not be read, and may be readable later without a hint, is compared', async (t) => {
  const thread = new ThreadUnderTest(t, { root: temporaryDirectory(t) })
  await thread.hears('ready')
  const problem = { message: 'cannot read', hint: undefined }
  thread.engine.hear((sink) => {
    sink.problem({ ...problem, path: 'broken', errno: 'EIO' })
    sink.problem({ ...problem, path: 'secret', errno: 'EACCES' })
  })
  await thread.until(() => thread.packets.length > 0)
  const below = { type: 'below', path: 'broken', reason: 'watch lost' }
  assert.deepEqual(thread.packets.flat(), [below])
})

test('what could not be read is compared when attributes change and it can be', async (t) => {
  const root = temporaryDirectory(t)
  for (const path of ['d/sub', 'e']) mkdirSync(join(root, path), { recursive: true })
  const thread = new ThreadUnderTest(t, { root })
  await thread.hears('ready')
  const forbid = (path: string): void =>
    thread.engine.hear((sink) => sink.problem({ path, errno: 'EACCES', message: '', hint: '' }))
  const attributes = (path: string): void =>
    thread.engine.hear((sink) => sink.look(ROOT, path, IN_ATTRIB | IN_ISDIR))
  const told = (): readonly string[] =>
    thread.packets.flat().flatMap((record) => (record.type === 'below' ? [record.path] : []))
  for (const path of ['d/sub', 'e', 'still not']) forbid(path)
  for (const path of ['d', 'e', 'other', 'd', '']) attributes(path)
  await thread.untilTaking(() => told().length === 2)
  forbid('e')
  attributes('')
  await thread.untilTaking(() => told().length === 3)
  assert.deepEqual(told(), ['d/sub', 'e', 'e'])
})

test('a directory whose path is too long to be told is a problem, and the rest goes on', async (t) => {
  const root = temporaryDirectory(t)
  const thread = new ThreadUnderTest(t, { root })
  await thread.hears('ready')
  const long = Array.from({ length: 257 }, () => 'x'.repeat(255)).join('/')
  thread.engine.hear((sink) => {
    sink.look({ path: () => long }, 'y', IN_CREATE)
    sink.look({ path: () => long.slice(0, 65_530) }, 'much too long', IN_CREATE)
    sink.below(`${long}/z`, 'watch lost')
    sink.renamed('a', long)
    sink.look(ROOT, 'last', IN_DELETE)
  })
  await thread.untilTaking(() => thread.sightings.includes('last gone'))
  await thread.until(() => thread.engine.calls.includes('flushed'))
  assert.deepEqual(thread.sightings, ['last gone'])
  const problem = thread.messages.find((message) => message.type === 'problem')?.problem
  assert.equal(problem?.errno, 'ENAMETOOLONG')
})

test('what was seen through another watch directory is not told', async (t) => {
  const root = join(temporaryDirectory(t), 'root')
  mkdirSync(root)
  writeFileSync(join(root, 'x'), '')
  const thread = new ThreadUnderTest(t, { root })
  await thread.hears('ready')
  renameSync(root, `${root} old`)
  mkdirSync(root)
  thread.engine.hear((sink) => sink.look(ROOT, 'x', IN_DELETE))
  await thread.hears('root lost')
  assert.deepEqual(thread.packets, [])
})

test('an engine that says the watch directory is lost ends hints and crawls', async (t) => {
  const root = temporaryDirectory(t)
  const thread = new ThreadUnderTest(t, { root })
  await thread.hears('ready')
  thread.engine.hear((sink) => {
    sink.look(ROOT, 'x', IN_DELETE)
    sink.rootLost('unmounted')
  })
  thread.crawl('')
  await thread.hears('root lost')
  thread.engine.hear((sink) => sink.look(ROOT, 'y', IN_DELETE))
  thread.ask({ type: 'stop' })
  await thread.ended
  assert.deepEqual(thread.packets, [])
})

test('a watch directory that is not there is a failure that says so', async (t) => {
  const thread = new ThreadUnderTest(t, { root: '/nowhere/at/all' })
  await thread.hears('stopped')
  assert.deepEqual(
    thread.messages.map(({ type }) => type),
    ['failed', 'stopped'],
  )
})

test('an engine that cannot start is closed, and its hint is told', async (t) => {
  const root = temporaryDirectory(t)
  const thread = new ThreadUnderTest(t, { root }, (engine) => {
    engine.failure = new ClsyncError('engine', 'no inotify here', { hint: 'use another' })
  })
  await thread.hears('stopped')
  assert.deepEqual(thread.messages[0], {
    type: 'failed',
    message: 'no inotify here',
    hint: 'use another',
  })
  assert.deepEqual(thread.engine.calls, ['close'])
})

test('directories are let go only when no name waits any more', async (t) => {
  const root = temporaryDirectory(t)
  const thread = new ThreadUnderTest(t, { root })
  await thread.hears('ready')
  thread.engine.hear((sink) => {
    for (let index = 0; index < 2_000; index += 1) sink.look(ROOT, `${index}`, IN_DELETE)
  })
  await thread.untilTaking(() => thread.sightings.length === 2_000)
  assert.deepEqual(thread.engine.calls, ['flushed'])
})

test('whole crawls after the first doubt what is watched', async (t) => {
  const root = temporaryDirectory(t)
  const thread = new ThreadUnderTest(t, { root })
  await thread.hears('ready')
  thread.crawl('', 1)
  await thread.until(() => thread.packets.length === 1)
  thread.ack()
  thread.crawl('', 2)
  await thread.until(() => thread.packets.length === 2)
  assert.deepEqual(thread.engine.calls, ['cover ', 'doubt', 'cover '])
})

test('crawls are done one after the other, in the order they were asked for', async (t) => {
  const root = temporaryDirectory(t)
  for (const name of ['a', 'b', 'c']) mkdirSync(join(root, name))
  const thread = new ThreadUnderTest(t, { root })
  await thread.hears('ready')
  for (const [index, name] of ['c', 'a', 'b'].entries()) thread.crawl(name, index)
  const crawled = (): number[] =>
    thread.packets.flat().flatMap((record) => (record.type === 'crawled' ? record.crawl : []))
  await thread.untilTaking(() => crawled().length === 3)
  assert.deepEqual(crawled(), [0, 1, 2])
})

for (const [directories, files] of [
  [1_000, 20],
  [1, 30_000],
] as const) {
  test(`a gentle crawl rests between its slices and says how far it is: ${files} names a directory`, async (t) => {
    const root = fastDirectory(t)
    for (let index = 0; index < directories; index += 1) {
      mkdirSync(join(root, `d${index}`))
      for (let file = 0; file < files; file += 1) {
        writeFileSync(join(root, `d${index}`, `${file}`), '')
      }
    }
    const thread = new ThreadUnderTest(t, { root })
    await thread.hears('ready')
    const crawlMs = async (crawl: number, gently: boolean): Promise<number> => {
      const started = performance.now()
      thread.ask({ type: 'crawl', crawl, path: '', gently })
      const isIt = (each: PacketRecord): boolean => each.type === 'crawled' && each.crawl === crawl
      await thread.untilTaking(() => thread.packets.flat().some(isIt))
      return performance.now() - started
    }
    // Before and after, since the machine may have other things to do for a while.
    const fastMs = [await crawlMs(1, false), await crawlMs(2, false)]
    const gentleMs = await crawlMs(9, true)
    fastMs.push(await crawlMs(10, false), await crawlMs(11, false))
    // It rests four times as long as it works, of which the fast ones are a part.
    t.diagnostic(`${gentleMs} ms, else ${fastMs.join()}`)
    assert.ok(gentleMs > 2 * Math.min(...fastMs))
    assert.ok(thread.messages.some((each) => each.type === 'progress' && each.crawl === 9))
  })
}
