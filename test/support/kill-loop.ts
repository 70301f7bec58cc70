import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

import type { CrashPoint } from '../../dist/daemon/crash-points.js'
import type { BytePath } from '../../dist/model/glossary.js'
import type { LiveDaemon } from './live-daemon.ts'
import { readNotes } from './mirror-settings.ts'
import { SeededRandom } from './seeded-random.ts'
import { Site } from './site.ts'
import { isBehindLink, Workload } from './workload.ts'

export interface KillLoopSettings {
  readonly directory: string
  readonly kills: number
  readonly seed: number
}

/** What a loop did, for people. */
export interface KillLoopFigures {
  /** Points that no daemon died at. */
  readonly missedPoints: readonly string[]
  readonly atPoints: Readonly<Record<string, number>>
  readonly atRandomMoments: number
  readonly operations: number
  readonly calls: number
  readonly failedCalls: number
}

/** Points that only a new database comes by, in the order of the first kills. */
const FIRST_POINTS = ['migrated', 'migrated:2', 'initial sync ran', 'reconcile listed'] as const
const POINTS: readonly (CrashPoint | 'spawned:2')[] = [
  'recorded',
  'claimed',
  'listed',
  'spawned',
  // The first script is spawned, the second one comes from a shell that stood by.
  'spawned:2',
  'ran',
  'settled',
  'reconcile begun',
  'reconcile listed',
  'reconcile crawled',
]
/** The first kills are at each of these, however long it takes until a daemon comes by. */
export const ALL_POINTS: readonly string[] = [...new Set<string>([...FIRST_POINTS, ...POINTS])]
/** Longest life of a daemon that is not killed at a point. */
const LONGEST_LIFE_MS = 700
const LONGEST_WAIT_MS = 30_000
/** The last daemon is not killed, and hears of changes while its scripts run. */
const LAST_WORK_MS = 2_500
const OPERATIONS_A_TURN = 4
/** Then one may catch up: where the lives are too short for a run, what waits would only grow. */
const KILLS_BETWEEN_RESTS = 50
const PAUSE_MS = 20
const INITIAL_OPERATIONS = 150

/**
 * Kills daemon after daemon, at random moments and at the points where a crash matters, while the
 * tree changes and the script fails now and then; in the end everything must have been told.
 */
export async function killLoop({
  directory,
  kills,
  seed,
}: KillLoopSettings): Promise<KillLoopFigures> {
  const random = new SeededRandom(seed)
  const trouble = { seed, failing: 0.15, slow: 0.15 }
  const site = new Site(directory, { terminator: random.pick(['\n', '\0']), trouble })
  const workload = new Workload(site.from, site.outside, random.fork())
  site.diary = workload.diary
  workload.run(INITIAL_OPERATIONS)
  const atPoints: Record<string, number> = {}
  try {
    for (let kill = 0; kill < kills; kill++) {
      const diedAt = await liveAndDie(site, workload, fateOf(kill, random), random)
      if (diedAt !== undefined) atPoints[diedAt] = (atPoints[diedAt] ?? 0) + 1
      workload.run(random.below(30))
      if (kill % KILLS_BETWEEN_RESTS === KILLS_BETWEEN_RESTS - 1) await rest(site)
    }
    const last = site.start()
    await workUntil(last, workload, performance.now() + LAST_WORK_MS)
    await site.untilEqual()
    await site.untilTold(workload.diary)
    await last.stop()
    assert.deepEqual(readdirSync(site.lists), [], 'no list of a killed daemon is left')
    assert.deepEqual(trapsTold(site), [], 'no script was told what is behind a link')
  } catch (error) {
    throw new Error(
      `seed ${seed}: replay with CLSYNC_TEST_SEED=${seed} CLSYNC_TEST_KILLS=${kills}`,
      { cause: error },
    )
  } finally {
    await site.close()
  }
  return figuresOf(site, kills, atPoints, workload)
}

/** Lets a daemon live until everything is mirrored, then kills it. */
async function rest(site: Site): Promise<void> {
  const daemon = site.start()
  await site.untilEqual()
  await daemon.kill()
}

/** Where a daemon dies, and after what time if it does not come by there. */
interface Fate {
  readonly point: string | undefined
  readonly lifeMs: number
}

function fateOf(kill: number, random: SeededRandom): Fate {
  const first = ALL_POINTS[kill]
  if (first !== undefined) return { point: first, lifeMs: LONGEST_WAIT_MS }
  if (random.chance(0.5)) return { point: random.pick(POINTS), lifeMs: 2 * LONGEST_LIFE_MS }
  return { point: undefined, lifeMs: random.below(LONGEST_LIFE_MS) }
}

/** One daemon's life; returns the point that it died at, if it was one. */
async function liveAndDie(
  site: Site,
  workload: Workload,
  { point, lifeMs }: Fate,
  random: SeededRandom,
): Promise<string | undefined> {
  const env = point === undefined ? {} : { CLSYNC_KILL_AT: point }
  const daemon = site.start(['--jobs', String(random.pick([1, 3]))], { env })
  workload.diary.note(`daemon ${daemon.pid} started`)
  if (random.chance(0.7)) await daemon.says('daemon:ready').catch(() => undefined)
  await workUntil(daemon, workload, performance.now() + lifeMs)
  const wasThere = !daemon.isRunning
  await daemon.kill()
  const [, signal] = await daemon.ended
  workload.diary.note(`daemon ${daemon.pid} killed at ${point ?? 'a random moment'}`)
  if (signal !== 'SIGKILL') throw new Error(`a daemon ended by itself:\n${daemon.log}`)
  return wasThere ? point : undefined
}

async function workUntil(daemon: LiveDaemon, workload: Workload, end: number): Promise<void> {
  while (daemon.isRunning && performance.now() < end) {
    workload.run(OPERATIONS_A_TURN)
    await Promise.race([daemon.ended, delay(PAUSE_MS)])
  }
}

function trapsTold({ notes }: Site): readonly BytePath[] {
  return readNotes(notes).flatMap(({ paths }) => paths.filter(isBehindLink))
}

function figuresOf(
  site: Site,
  kills: number,
  atPoints: Readonly<Record<string, number>>,
  workload: Workload,
): KillLoopFigures {
  const calls = readNotes(site.notes)
  const died = Object.values(atPoints).reduce((sum, count) => sum + count, 0)
  return {
    missedPoints: ALL_POINTS.filter((point) => !(point in atPoints)),
    atPoints,
    atRandomMoments: kills - died,
    operations: workload.operations,
    calls: calls.length,
    failedCalls: calls.filter(({ succeeded }) => !succeeded).length,
  }
}
