import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { mirroringScript, rsyncBytes, rsyncRuns } from '../peers/actions.ts'
import { cpuMs, peakRss, rss } from '../support/proc.ts'
import { makeTree } from '../support/tree.ts'
import { type Measurement, type Place, whileWatching, type Work } from './work.ts'
import type { Peer, Scene } from '../peers/peer.ts'

/** From exec until every directory is watched, at first and again. */
export function ready(directories: number, files: number): Work {
  return {
    id: `ready-${directories}`,
    directories,
    title: `Ready: ${directories} directories, ${files} files`,
    metrics: [
      { name: 'first start', unit: 's' },
      { name: 'CPU', unit: 's' },
      { name: 'restart, ready', unit: 's' },
      { name: 'restart, in sync', unit: 's' },
      { name: 'RSS', unit: 'MB' },
      { name: 'peak RSS', unit: 'MB' },
    ],
    notes:
      'First start: exec until every directory is watched, and the CPU time until then. Restart on the ' +
      'unchanged tree: until watched, and until it is known that nothing changed meanwhile (clsync ' +
      'compares with its catalogue; the others sync everything by rsync). The mirror is local and ' +
      'equal all the time. RSS when all that is done.',
    prepare(shared) {
      makeTree(join(shared, 'tree'), directories, files)
      execFileSync('cp', ['-a', join(shared, 'tree'), join(shared, 'mirror')])
      execFileSync('sync')
    },
    async measure(peer, place) {
      return [await startTwice(peer, place, { tree: join(place.shared, 'tree'), directories })]
    },
  }
}

async function startTwice(
  peer: Peer,
  place: Place,
  { tree, directories }: Pick<Scene, 'tree' | 'directories'>,
): Promise<Measurement> {
  const state = join(place.directory, 'state')
  const mirror = join(place.shared, 'mirror')
  mkdirSync(state, { mode: 0o700 })
  const { script, log } = mirroringScript(place.directory, tree, mirror)
  const scene = { tree, directories, state, script, delaySeconds: 1 }
  const first = await whileWatching(peer, scene, place, async ({ pid, readyMs, settled }) => {
    const usedMs = cpuMs(pid)
    await Promise.all([settled, rsyncRuns(log, 1)])
    return { readyMs, usedMs }
  })
  const syncs = rsyncBytes(log).length
  const began = performance.now()
  return whileWatching(peer, scene, place, async ({ pid, readyMs, settled }) => {
    await (peer.hasCatalogue === true ? settled : rsyncRuns(log, syncs + 1))
    return {
      'first start': first.readyMs / 1e3,
      CPU: first.usedMs / 1e3,
      'restart, ready': readyMs / 1e3,
      'restart, in sync': (performance.now() - began) / 1e3,
      RSS: rss(pid) / 1e6,
      'peak RSS': peakRss(pid) / 1e6,
    }
  })
}
