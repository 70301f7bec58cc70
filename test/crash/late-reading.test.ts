import { test } from 'node:test'

import { scaleOf } from '../support/scale.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { siteFor } from '../support/site.ts'
import { Workload } from '../support/workload.ts'
import { whyNoFanotify } from '../watch/fanotify/availability.ts'

const { isLong, seed } = scaleOf(process.env)
const ROUNDS = isLong ? 100 : 2
const WHILE_STOPPED = 200
const GOING_ON = 30

const skips = {
  inotify: process.platform === 'linux' ? undefined : 'not on Linux',
  fanotify: await whyNoFanotify(),
}

for (const engine of ['inotify', 'fanotify'] as const) {
  test(
    `${engine}: what was done long before the daemon hears of it is told`,
    { skip: skips[engine] },
    async (t) => {
      const site = siteFor(t)
      const workload = new Workload(site.from, site.outside, new SeededRandom(seed))
      site.diary = workload.diary
      t.diagnostic(`seed ${seed}`)
      const daemon = await site.begin(`--${engine}`)
      for (let round = 0; round < ROUNDS; round += 1) {
        daemon.signal('SIGSTOP')
        workload.run(WHILE_STOPPED)
        daemon.signal('SIGCONT')
        workload.run(GOING_ON)
        await site.untilEqual()
        await site.untilTold(workload.diary)
      }
    },
  )
}
