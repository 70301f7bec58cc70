import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import BetterSqlite3 from 'better-sqlite3'

import { DeliveryRig } from '../support/delivery-rig.ts'
import { eventually } from '../support/eventually.ts'
import { fastDirectory } from '../support/fast-directory.ts'
import { readNotes } from '../support/mirror-settings.ts'
import { memoryOf } from '../support/process-usage.ts'
import { isQueueEmpty, lookAtQueue } from '../support/queue-look.ts'
import { scaleOf } from '../support/scale.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'
import { type Site, siteFor } from '../support/site.ts'

/** Full loads with `CLSYNC_TEST_LONG=1`. */
const { isLong } = scaleOf(process.env)
const ROWS = isLong ? 1_000_000 : 50_000
const CREATES = isLong ? 200_000 : 20_000
const WRITES = isLong ? 1_000_000 : 50_000
const DIRECTORIES = isLong ? 100_000 : 5_000

const MOST_PEAK_BYTES = 512 << 20
/** In five minutes with 30,000 paths, of each of which nobody may keep 40 bytes. */
const MOST_GROWN_BYTES = 1 << 20
const DEADLINE_MS = 600_000
const SECOND = 1_000
const MINUTE = 60 * SECOND

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

describe('load', { concurrency: 2 }, () => {
  test(`${ROWS} pending paths are told, in little memory`, async (t) => {
    const site = listeningSite(t)
    await (await started(site)).stop()
    fill(site.db, ROWS)
    site.start()
    await untilTold(t, site, ROWS)
  })

  test(`${CREATES} files made in one burst are told`, async (t) => {
    const site = listeningSite(t)
    await started(site)
    for (let nth = 0; nth < CREATES; nth++) site.from.write(`${nth % 100}/file ${nth}`, '')
    await untilTold(t, site, CREATES + 100)
  })

  test(`a path that changes ${WRITES} times is one event, and told few times`, async (t) => {
    const site = siteFor(t)
    site.from.write('busy', '')
    const daemon = await site.begin('-w', '0.5')
    const callsBefore = readNotes(site.notes).length
    const since = performance.now()
    const file = openSync(site.from.at('busy'), 'a')
    for (let nth = 0; nth < WRITES; nth++) {
      writeSync(file, 'x')
      if (nth % 10_000 === 0) assert.ok((lookAtQueue(site.db)?.events ?? 0) <= 1)
    }
    closeSync(file)
    await site.untilEqual()
    const calls = readNotes(site.notes).length - callsBefore
    const seconds = (performance.now() - since) / SECOND
    t.diagnostic(`${calls} runs in ${seconds.toFixed(1)} s, ${peakOf(site)}`)
    assert.ok(calls >= 1 && calls <= seconds * 2 + 2)
    assert.ok(memoryOf(daemon.pid).peak < MOST_PEAK_BYTES)
  })

  test(`${DIRECTORIES} directories made as one tree are told and watched`, async (t) => {
    const site = listeningSite(t)
    await started(site)
    const paths = Array.from({ length: DIRECTORIES }, (_, nth) => directoryAt(nth))
    for (const path of paths) site.from.makeDirectory(path)
    await untilTold(t, site, DIRECTORIES)
    const some = paths.filter((_, nth) => nth % 997 === 0)
    for (const path of some) site.from.write(`${path}/file`, '')
    await untilTold(t, site, DIRECTORIES + some.length)
  })
})

// After the others, whose own memory would be counted.
test('a script slower than the changes for ten minutes: lag is known, memory is bounded, all is told', async (t) => {
  const clock = new SimulatedClock()
  const rig = new DeliveryRig({
    path: join(fastDirectory(t), 'queue.db'),
    clock,
    script: { takesMs: () => MINUTE, ends: () => ({ type: 'succeeds' }) },
  })
  t.after(() => rig.crash())
  rig.scheduler.release()
  const lags: number[] = []
  const told = new Uint8Array(60_000)
  const heaps: number[] = []
  let runs = 0
  // What the rig keeps of its runs would be most of what grows.
  const forgetRuns = (): void => {
    for (const { paths } of rig.runner.runs.splice(0)) {
      runs++
      for (const path of paths) told[numberOf(path)] = 1
    }
  }
  for (let second = 0; second < 600; second++) {
    await rig.hint(Array.from({ length: 100 }, (_, nth) => `path ${second} ${nth}`))
    await clock.advance(SECOND)
    lags.push(clock.now() - (rig.queue.events.waitingSince() ?? clock.now()))
    if (second % 60 !== 59) continue
    forgetRuns()
    heaps.push(usedHeap())
  }
  await clock.advance(3 * MINUTE)
  forgetRuns()
  const grownBytes = Math.max(...heaps.slice(5)) - Math.max(...heaps.slice(0, 5))
  const says = `lag ${Math.max(...lags) / SECOND} s at most, heap grown by ${grownBytes} bytes`
  t.diagnostic(`${runs} runs, ${says}`)
  assert.ok(told.every((each) => each === 1))
  assert.equal(rig.queue.events.waitingSince(), undefined)
  // What comes just after a run began waits for that run, and is in the next until that ends.
  assert.ok(Math.max(...lags) <= 2 * MINUTE + 45 * SECOND)
  assert.ok(runs <= 13)
  assert.ok(grownBytes < MOST_GROWN_BYTES, says)
})

/** A site whose script only takes down what it is told. */
function listeningSite(t: TestContext): Site {
  const site = siteFor(t)
  site.write(`[ "$1" = synclist ] && cat "$3" >> '${toldIn(site)}'; true`)
  return site
}

function toldIn({ notes }: Site): string {
  return `${notes}/told`
}

async function started(site: Site): ReturnType<Site['begin']> {
  const daemon = site.start(['-w', '0.5'])
  await daemon.says('run:succeeded')
  await daemon.says('reconcile:finished')
  return daemon
}

async function untilTold(t: TestContext, site: Site, paths: number): Promise<void> {
  const told = (): number => toldPaths(site).size
  await eventually(
    () => isQueueEmpty(site.db) && told() >= paths,
    () => `${told()} of ${paths} told: ${site.daemon.log}`,
    DEADLINE_MS,
  )
  t.diagnostic(`${paths} paths, ${peakOf(site)}`)
  assert.ok(memoryOf(site.daemon.pid).peak < MOST_PEAK_BYTES)
}

function toldPaths(site: Site): ReadonlySet<string> {
  try {
    return new Set(readFileSync(toldIn(site), 'utf8').match(/(?<=from\/).*/g))
  } catch {
    return new Set()
  }
}

/** As hints would, of files that are gone meanwhile. */
function fill(db: string, rows: number): void {
  const connection = new BetterSqlite3(db)
  connection.exec(`
    WITH RECURSIVE n (i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1})
    INSERT INTO event (path, mask, first_seen, last_seen)
    SELECT printf('directory%d/some file %d', i % 1000, i), 512, 1000 + i, 1000 + i FROM n`)
  connection.close()
}

/** Of `path <second> <nth>`. */
function numberOf(path: string): number {
  const [, second = NaN, nth = NaN] = path.split(' ').map(Number)
  return 100 * second + nth
}

/** Bytes in use, of which nothing is garbage. */
function usedHeap(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

/** Ten in each, as deep as it takes. */
function directoryAt(nth: number): string {
  return nth < 10 ? `d${nth}` : `${directoryAt(Math.floor(nth / 10) - 1)}/d${nth % 10}`
}

function peakOf(site: Site): string {
  return `peak of ${(memoryOf(site.daemon.pid).peak / 2 ** 20).toFixed(0)} MiB`
}
