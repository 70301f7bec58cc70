import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { Telling } from '../peers/actions.ts'
import { cpuMs, peakRss } from '../support/proc.ts'
import { makeTree, writeNew } from '../support/tree.ts'
import { type Place, whileWatching, type Work } from './work.ts'

const DIRECTORIES = 100
const DELAY_SECONDS = 1

/** Many small files made as fast as possible. */
export function burst(files: number): Work {
  return {
    id: `burst-${files}`,
    title: `Burst: ${files} files made in ${DIRECTORIES} directories, delay ${DELAY_SECONDS} s`,
    metrics: [
      { name: 'last create → last path', unit: 's' },
      { name: 'missed', unit: '' },
      { name: 'full syncs', unit: '' },
      { name: 'script runs', unit: '' },
      { name: 'CPU', unit: 's' },
      { name: 'CPU a path', unit: 'µs' },
      { name: 'peak RSS', unit: 'MB' },
    ],
    notes:
      'Missed: files of which the script was never told. Full syncs: runs that were told to look at ' +
      'everything instead, after the start.',
    async measure(peer, place) {
      const { scene, told, directories } = stage(place)
      return whileWatching(peer, scene, place, async ({ pid, settled }) => {
        await settled
        await told.quiet()
        told.forget()
        const before = cpuMs(pid)
        for (let index = 0; index < files; index++) {
          writeNew(`${directories[index % DIRECTORIES]}/burst${index}.txt`, 'x')
        }
        const lastCreate = Date.now()
        await told.quiet()
        const used = cpuMs(pid) - before
        const delivered = told.files.size
        return [
          {
            'last create → last path': Math.max(0, told.lastAt - lastCreate) / 1e3,
            missed: files - delivered,
            'full syncs': told.fullRuns,
            'script runs': told.runs,
            CPU: used / 1e3,
            'CPU a path': (used * 1e3) / Math.max(1, delivered),
            'peak RSS': peakRss(pid) / 1e6,
          },
        ]
      })
    },
  }
}

/** A tree of empty directories and a script that tells. */
export function stage(place: Place) {
  const tree = join(place.directory, 'tree')
  const state = join(place.directory, 'state')
  mkdirSync(state, { mode: 0o700 })
  const directories = makeTree(tree, DIRECTORIES, 0)
  const told = new Telling(place.directory)
  const scene = {
    tree,
    directories: DIRECTORIES,
    state,
    script: told.script,
    delaySeconds: DELAY_SECONDS,
  }
  return { scene, told, directories }
}
