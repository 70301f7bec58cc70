import { mkdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

import { killLoop } from './kill-loop.ts'
import { SeededRandom } from './seeded-random.ts'
import { Site } from './site.ts'
import { growthIn, print, summaryOf, type Usage, usageOf } from './soak-figures.ts'
import { Workload } from './workload.ts'

export interface SoakSettings {
  readonly directory: string
  readonly minutes: number
  /** @default 60,000 */
  readonly minuteMs?: number
  /** In one life of a tree, before it is compared. @default 20 */
  readonly killsARound?: number
  readonly seed: number
  /** Called with a line about each minute and each round. */
  readonly say: (line: string) => void
}

type IsOver = () => boolean

const LOOK_EVERY_MS = 500
const OPERATIONS_A_TURN = 4
const PAUSE_MS = 100

/**
 * Lets one daemon live for as long as that, while its tree changes and its script fails now and
 * then, and kills others beside it all the time. Fails when anything is forgotten, or grows.
 */
export async function soak(settings: SoakSettings): Promise<void> {
  let isOver = false
  const both = [live(settings, () => isOver), dieAgainAndAgain(settings, () => isOver)].map(
    async (life) =>
      life.finally(() => {
        isOver = true
      }),
  )
  const failures = (await Promise.allSettled(both)).filter(({ status }) => status === 'rejected')
  for (const failure of failures) if (failure.status === 'rejected') throw failure.reason
}

async function live(
  { directory, minutes, minuteMs = 60_000, seed, say }: SoakSettings,
  isOver: IsOver,
): Promise<void> {
  const site = new Site(ownDirectory(directory, 'live'), {
    trouble: { seed, failing: 0.15, slow: 0.15 },
  })
  const workload = new Workload(site.from, site.outside, new SeededRandom(seed))
  site.diary = workload.diary
  const spans: Usage[] = []
  try {
    const daemon = await site.begin()
    while (spans.length < minutes && !isOver()) {
      const end = performance.now() + minuteMs
      const usages = await keepChanging(site, workload, () => isOver() || performance.now() >= end)
      spans.push(summaryOf(usages))
      const [done, failed] = [daemon.saysOf('run:succeeded'), daemon.saysOf('run:failed')]
      const work = `${workload.operations} operations, ${done.length} runs, ${failed.length} failed`
      say(`minute ${spans.length}: ${work}, ${print(summaryOf(usages))}`)
    }
    await site.untilEqual()
    await site.untilTold(workload.diary)
    const growth = growthIn(spans)
    if (growth.length > 0) throw new Error(growth.join('\n'))
  } finally {
    await site.close()
  }
}

/** Changes the tree until the end; returns what the daemon used meanwhile. */
async function keepChanging(
  site: Site,
  workload: Workload,
  isOver: IsOver,
): Promise<readonly Usage[]> {
  const usages: Usage[] = []
  for (let lookAt = performance.now(); !isOver(); await delay(PAUSE_MS)) {
    workload.run(OPERATIONS_A_TURN)
    if (performance.now() < lookAt) continue
    lookAt = performance.now() + LOOK_EVERY_MS
    if (!site.daemon.isRunning) throw new Error(`it ended:\n${site.daemon.log}`)
    usages.push(usageOf(site.daemon.pid, site.db))
  }
  return usages
}

async function dieAgainAndAgain(
  { directory, killsARound = 20, seed, say }: SoakSettings,
  isOver: IsOver,
): Promise<void> {
  for (let round = 1; !isOver(); round++) {
    const figures = await killLoop({
      directory: ownDirectory(directory, `round-${round}`),
      kills: killsARound,
      seed: seed + round,
    })
    say(`${killsARound} kills, nothing forgotten: ${JSON.stringify(figures)}`)
  }
}

function ownDirectory(directory: string, name: string): string {
  const path = `${directory}/${name}`
  mkdirSync(path)
  return path
}
