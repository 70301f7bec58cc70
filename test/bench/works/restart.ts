import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { mirroringScript, rsyncBytes, rsyncRuns } from '../peers/actions.ts'
import { makeTree, writeNew } from '../support/tree.ts'
import { whileWatching, type Work } from './work.ts'

const CHANGES = 1_000
const DEADLINE_MS = 30_000
/** Bytes in which rsync tells all that differs. */
const MOST_DIFFERENCES = 1 << 28

/** Stop, changes, start: until the mirror is equal again. */
export function restart(directories: number, files: number): Work {
  return {
    id: 'restart',
    title: `Restart: ${CHANGES} changes in a tree of ${files} files while stopped`,
    metrics: [
      { name: 'exec → mirror equal', unit: 's' },
      { name: 'sent and received', unit: 'kB' },
      { name: 'equal in the end', unit: '' },
    ],
    notes:
      'A third each appended to, made and deleted. The mirror is local, so a full sync is at its ' +
      'cheapest: over a network its bytes cost time too. Equal in the end: 1 if so.',
    async measure(peer, place) {
      const tree = join(place.directory, 'tree')
      const state = join(place.directory, 'state')
      const mirror = join(place.directory, 'mirror')
      for (const directory of [state, mirror]) mkdirSync(directory, { mode: 0o700 })
      const made = makeTree(tree, directories, files)
      const { script, log } = mirroringScript(place.directory, tree, mirror)
      const scene = { tree, directories, state, script, delaySeconds: 0 }
      await whileWatching(peer, scene, place, async ({ settled }) => {
        await Promise.all([settled, rsyncRuns(log, 1)])
        await delay(500)
      })
      const changed = change(made, files)
      const bytesBefore = sum(rsyncBytes(log))
      const began = performance.now()
      return whileWatching(peer, scene, place, async ({ settled }) => {
        const tookMs = await equalAfter(began, () =>
          changed.every((path) => isEqual(tree, mirror, path)),
        )
        await settled
        await delay(500)
        return [
          {
            'exec → mirror equal': tookMs / 1e3,
            'sent and received': (sum(rsyncBytes(log)) - bytesBefore) / 1e3,
            'equal in the end': isMirrored(tree, mirror) ? 1 : 0,
          },
        ]
      })
    },
  }
}

/** Appends to, makes and deletes files; returns their paths in the tree. */
function change(directories: readonly string[], files: number): readonly string[] {
  const root = directories[0]?.replace(/\/dir0$/, '') ?? ''
  const step = Math.floor(files / CHANGES)
  return Array.from({ length: CHANGES }, (_, index) => {
    const file = index * step
    const directory = directories[file % directories.length] ?? root
    const path = index % 3 === 1 ? `${directory}/new${index}.txt` : `${directory}/file${file}.txt`
    if (index % 3 === 0) appendFileSync(path, 'more')
    if (index % 3 === 1) writeNew(path, 'new')
    if (index % 3 === 2) rmSync(path)
    return path.slice(root.length)
  })
}

function isEqual(tree: string, mirror: string, path: string): boolean {
  if (!existsSync(tree + path)) return !existsSync(mirror + path)
  return statSync(tree + path).size === statSync(mirror + path, { throwIfNoEntry: false })?.size
}

async function equalAfter(began: number, isDone: () => boolean): Promise<number> {
  while (performance.now() - began < DEADLINE_MS) {
    if (isDone()) return performance.now() - began
    await delay(10)
  }
  return NaN
}

function isMirrored(tree: string, mirror: string): boolean {
  const args = ['-ani', '--delete', `${tree}/`, `${mirror}/`]
  return execFileSync('rsync', args, { maxBuffer: MOST_DIFFERENCES }).length === 0
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
