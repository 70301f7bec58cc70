import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { Telling } from '../peers/actions.ts'
import { threadsCpuMs, wakeUps } from '../support/proc.ts'
import { makeTree } from '../support/tree.ts'
import { type Measurement, whileWatching, type Work } from './work.ts'

const DIRECTORIES = 1_000
const WINDOWS = 5

/** Nothing happens. */
export function idle(seconds: number): Work {
  return {
    id: 'idle',
    isOnce: true,
    title: `Idle: ${seconds} s with ${DIRECTORIES} directories watched`,
    metrics: [
      { name: 'CPU', unit: '%' },
      { name: 'wake-ups a minute', unit: '' },
    ],
    notes: `One start, ${WINDOWS} windows one after the other; wake-ups of all threads.`,
    async measure(peer, place) {
      const tree = join(place.directory, 'tree')
      const state = join(place.directory, 'state')
      mkdirSync(state, { mode: 0o700 })
      makeTree(tree, DIRECTORIES, DIRECTORIES)
      const told = new Telling(place.directory)
      const scene = { tree, directories: DIRECTORIES, state, script: told.script, delaySeconds: 1 }
      return whileWatching(peer, scene, place, async ({ pid, settled }) => {
        await settled
        await told.quiet()
        const windows: Measurement[] = []
        for (let window = 0; window < WINDOWS; window++) {
          windows.push(await look(pid, (seconds * 1_000) / WINDOWS))
        }
        return windows
      })
    },
  }
}

async function look(pid: number, ms: number): Promise<Measurement> {
  const began = performance.now()
  const [cpu, woken] = [threadsCpuMs(pid), wakeUps(pid)]
  await delay(ms)
  const tookMs = performance.now() - began
  return {
    CPU: (100 * (threadsCpuMs(pid) - cpu)) / tookMs,
    'wake-ups a minute': ((wakeUps(pid) - woken) * 60_000) / tookMs,
  }
}
