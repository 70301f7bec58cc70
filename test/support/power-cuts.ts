import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { truncateSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

import BetterSqlite3 from 'better-sqlite3'

import { errnoOf } from '../../dist/errors.js'
import type { DiskImage } from './disk-image.ts'
import { eventually } from './eventually.ts'
import type { LogLine } from './live-daemon.ts'
import { callsInHand } from './mirror-calls.ts'
import { readNotes } from './mirror-settings.ts'
import { SeededRandom } from './seeded-random.ts'
import { Site } from './site.ts'
import { differentPaths, stampsOf } from './tree-stamps.ts'
import { Workload } from './workload.ts'

export interface PowerCutSettings {
  readonly directory: string
  readonly image: DiskImage
  readonly cuts: number
  readonly seed: number
}

/** What the cuts met, for people. */
export interface PowerCutFigures {
  readonly runsClaimed: number
  readonly runsAcknowledged: number
  readonly calls: number
}

const SHORTEST_LIFE_MS = 500
const LONGEST_LIFE_MS = 2_000
const OPERATIONS_A_TURN = 4
const PAUSE_MS = 20

/**
 * Cuts the power of the disk with database, lists and tree again and again in the middle of work.
 * What the daemon said was durable must be there afterwards, and in the end the mirror, on another
 * disk, must be equal to what the source still has.
 */
export async function cutPower(settings: PowerCutSettings): Promise<PowerCutFigures> {
  const { directory, image, cuts, seed } = settings
  const random = new SeededRandom(seed)
  const site = new Site(directory, {
    disk: image.directory,
    trouble: { seed, failing: 0.1, slow: 0.2 },
  })
  const workload = new Workload(site.from, site.outside, random.fork())
  site.diary = workload.diary
  workload.run(100)
  image.sync()
  const figures = { runsClaimed: 0, runsAcknowledged: 0 }
  try {
    for (let cut = 0; cut < cuts; cut++) {
      const daemon = site.start()
      await daemon.says('daemon:ready')
      await work(workload, performance.now() + SHORTEST_LIFE_MS + random.below(LONGEST_LIFE_MS))
      // Not what is said after the cut: a fsync under way may return as if it had been done.
      const said = [...daemon.lines]
      await cutAndRestart(site, image)
      workload.diary.note('power cut')
      figures.runsClaimed += saysOf(said, 'batch:claimed').length
      figures.runsAcknowledged += saysOf(said, 'run:succeeded').length
      expectDurable(site.db, said)
    }
    site.start()
    await site.untilEqual()
    site.expectNoViolations()
  } finally {
    await site.close()
    await endScripts(site)
  }
  return { ...figures, calls: readNotes(site.notes).length }
}

/**
 * Overwrites a file in place and cuts off the end of a new one. When both are mirrored and their
 * inodes are on the disk, but not their content, the power is cut. Returns how many of them look as
 * before and have other content: none, if the kernel was in a hurry to write it.
 */
export async function loseContent(directory: string, image: DiskImage): Promise<number> {
  const site = new Site(directory, { disk: image.directory })
  const { from, outside } = site
  from.write('overwritten', 'old content')
  image.sync()
  try {
    await site.begin()
    writeFileSync(from.at('overwritten'), 'new content', { flag: 'r+' })
    from.write('cut off', 'content')
    truncateSync(from.at('cut off'), 4)
    await site.untilEqual()
    // Takes the journal along, which has the inodes.
    writeFileSync(outside.at('synced'), '', { flush: true })
    const before = stampsOf(from)
    await cutAndRestart(site, image)
    const changed = differentPaths(before, stampsOf(from))
    const lost = site.differences().filter(({ path }) => !changed.has(path))
    site.start()
    await site.untilEqual()
    return lost.length
  } finally {
    await site.close()
  }
}

async function cutAndRestart(site: Site, image: DiskImage): Promise<void> {
  image.cut()
  await site.daemon.kill()
  await endScripts(site)
  image.restart()
  bootAnew(site.db)
}

async function work(workload: Workload, end: number): Promise<void> {
  while (performance.now() < end) {
    workload.run(OPERATIONS_A_TURN)
    await delay(PAUSE_MS)
  }
}

/** A machine without power runs no scripts. */
async function endScripts({ notes }: Site): Promise<void> {
  for (const pid of callsInHand(notes)) killIfThere(pid)
  await eventually(
    () => callsInHand(notes).length === 0,
    () => `scripts ${callsInHand(notes).join()} do not end`,
  )
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error
  }
}

/** The disk was off, the machine was not: the next daemon has to take this for another boot. */
function bootAnew(db: string): void {
  const connection = new BetterSqlite3(db)
  try {
    connection.prepare('UPDATE daemon SET boot_id = ?').run(randomUUID())
  } finally {
    connection.close()
  }
}

/** P1: what was said to be done was on the disk before. */
function expectDurable(db: string, said: readonly LogLine[]): void {
  const outcomes = outcomesIn(db)
  for (const { run } of saysOf(said, 'run:succeeded')) {
    assert.equal(outcomes.get(Number(run)), 'succeeded')
  }
  for (const { run } of saysOf(said, 'run:partly-failed')) {
    assert.equal(outcomes.get(Number(run)), 'failed')
  }
}

function saysOf(lines: readonly LogLine[], event: string): readonly LogLine[] {
  return lines.filter((line) => line.event === event)
}

function outcomesIn(db: string): ReadonlyMap<number, string | null> {
  const connection = new BetterSqlite3(db)
  try {
    const rows = connection.prepare('SELECT id, outcome FROM run').raw().all()
    return new Map(rows as [number, string | null][])
  } finally {
    connection.close()
  }
}
