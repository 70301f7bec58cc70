import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { PacketWriter } from '../../dist/model/packet.js'
import { Crawler } from '../../dist/watch/crawler.js'
import { Filter } from '../../dist/watch/filter.js'
import { Lookout } from '../../dist/watch/lookout.js'
import { portableReader } from '../../dist/watch/portable-reader.js'
import { fastDirectory } from '../support/fast-directory.ts'

/** Longer than a slice, and four times that is longer than others keep this thread from running. */
const COVERING_MS = 100

/** A crawler to which each directory is work enough for one slice. */
function slowCrawler(root: string): Crawler {
  const filter = new Filter(() => () => true, [])
  const writer = new PacketWriter()
  const reader = portableReader(root)
  const problem = (): void => assert.fail('a problem')
  const lookout = new Lookout({ root, reader, writer, filter, problem })
  const nothing = (): void => undefined
  const cover = (): void => {
    for (const end = performance.now() + COVERING_MS; performance.now() < end;);
  }
  return new Crawler({ reader, writer, lookout, cover, problem, drain: nothing, progress: nothing })
}

test('gentle crawls that are asked to hurry rest no more, later ones do', (t) => {
  const root = fastDirectory(t)
  for (const name of ['a', 'b', 'c']) mkdirSync(join(root, name))
  const crawler = slowCrawler(root)
  for (const crawl of [1, 2]) crawler.add({ crawl, path: '', gently: true })
  crawler.work()
  assert.ok(crawler.restMs > 0, 'gentle')
  crawler.hurry()
  assert.equal(crawler.restMs, 0)
  while (crawler.isActive) {
    crawler.work()
    assert.equal(crawler.restMs, 0)
  }
  crawler.add({ crawl: 3, path: '', gently: true })
  crawler.work()
  assert.ok(crawler.restMs > 0, 'gentle again')
})
