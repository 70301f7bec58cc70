import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

import { threadsCpuMs, inotifyWatches, isAsleep } from '../support/proc.ts'
import type { Program } from '../support/program.ts'

const POLL_MS = 2
const DEADLINE_MS = 600_000

/**
 * For tools that do not say when they are ready: milliseconds from exec until the process went to
 * sleep with all directories watched. The kernel's list of watches is long, so it is looked at only
 * when the process sleeps and has used CPU since the last look.
 */
export async function allWatched(program: Program, directories: number): Promise<number> {
  let lookedAt = -1
  while (performance.now() - program.startedAt < DEADLINE_MS) {
    await delay(POLL_MS)
    if (!existsSync(`/proc/${program.pid}/fdinfo`)) return program.died
    const used = threadsCpuMs(program.pid)
    if (used === lookedAt || !isAsleep(program.pid)) continue
    const sleptAt = performance.now()
    if (inotifyWatches(program.pid) >= directories) return sleptAt - program.startedAt
    lookedAt = used
  }
  throw new Error(`it never watched all of ${directories} directories`)
}
