import { join } from 'node:path'

import { clsync } from '../peers/clsync.ts'
import { Backlog } from '../support/backlog.ts'
import { median } from '../support/statistics.ts'
import type { Work } from './work.ts'

const ROUNDS = 15

/** What a hint and a claim cost as the queue grows. */
export function backlog(sizes: readonly number[]): Work {
  return {
    id: 'backlog',
    isOnce: true,
    title: 'Backlog: cost a path of a hint and of a claim, by pending rows',
    metrics: sizes.flatMap((size) => [
      { name: `hint, ${size}`, unit: 'µs' },
      { name: `claim, ${size}`, unit: 'µs' },
    ]),
    notes:
      'Of 1,000 paths at once, durable when measured. The others keep what is pending in memory ' +
      'and lose it when they end.',
    async measure(peer, { directory }) {
      if (peer !== clsync) return []
      const backlogs: Backlog[] = []
      for (const size of sizes) {
        backlogs.push(await Backlog.open(join(directory, `${size}.db`), size))
      }
      for (let round = 0; round < ROUNDS; round++) {
        for (const one of backlogs) await one.measure()
      }
      for (const one of backlogs) await one.close()
      const measured = backlogs.flatMap(({ costs }) => [
        [`hint, ${costs.pending}`, median(costs.newHint)],
        [`claim, ${costs.pending}`, median(costs.claim)],
      ])
      return [Object.fromEntries(measured) as Record<string, number>]
    },
  }
}
