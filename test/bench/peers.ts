/**
 * `npm run bench:peers [-- --quick] [--works burst,latency$] [--peers clsync,lsyncd] [--runs N]`: the
 * same works for clsync and for what people use today, in turn, on one machine. Works measured
 * earlier on this machine stay in the results. `burst` means all works that begin so, `latency$` that
 * one alone. Medians go to README.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { chokidarLoop } from './peers/chokidar-loop.ts'
import { clsyncC } from './peers/clsync-c.ts'
import { clsync } from './peers/clsync.ts'
import { install } from './peers/installed.ts'
import { lsyncd } from './peers/lsyncd.ts'
import type { Peer } from './peers/peer.ts'
import { writeReadmeTable } from './peers/readme-table.ts'
import { readResults, type Results, withWork, writeResults } from './peers/results.ts'
import { watchman } from './peers/watchman.ts'
import { inScratch, type Scratch } from './support/scratch.ts'
import { backlog } from './works/backlog.ts'
import { burst } from './works/burst.ts'
import { idle } from './works/idle.ts'
import { latency } from './works/latency.ts'
import { ready } from './works/ready.ts'
import { restart } from './works/restart.ts'
import { rewrite } from './works/rewrite.ts'
import type { Measurement, Work } from './works/work.ts'

const PEERS: readonly Peer[] = [clsync, lsyncd, clsyncC, watchman, chokidarLoop]
const RESULTS = fileURLToPath(new URL('../../test/bench/results', import.meta.url))
const README = fileURLToPath(new URL('../../README.md', import.meta.url))

const FULL: readonly Work[] = [
  ready(10_000, 100_000),
  ready(100_000, 1_000_000),
  burst(50_000),
  burst(200_000),
  rewrite(1, 100_000),
  rewrite(10_000, 10),
  latency(100),
  idle(60),
  restart(10_000, 100_000),
  backlog([1_000, 100_000, 1_000_000]),
]

const QUICK: readonly Work[] = [
  ready(1_000, 10_000),
  burst(10_000),
  rewrite(1, 10_000),
  rewrite(1_000, 10),
  latency(30),
  idle(10),
  restart(1_000, 10_000),
  backlog([1_000, 10_000, 100_000]),
]

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    works: { type: 'string' },
    peers: { type: 'string' },
    runs: { type: 'string' },
    results: { type: 'string', default: RESULTS },
  },
})

const runs = Number(given.runs ?? (given.quick === true ? 3 : 5))
const works = (given.quick === true ? QUICK : FULL).filter(({ id }) => isWanted(id, given.works))
const peers = present(PEERS.filter(({ name }) => isWanted(name, given.peers)))
let results = withPeers(readResults(given.results))

await inScratch(async (scratch) => {
  for (const work of works) await measureAll(work, scratch)
})
if (given.results === RESULTS) writeReadmeTable(README, results)

/** Every peer in turn, so often; what a run leaves is removed before the next one. */
async function measureAll(work: Work, scratch: Scratch): Promise<void> {
  const fitting = peers.filter((peer) => (work.directories ?? 0) <= peer.mostDirectories)
  const measured = Object.fromEntries(fitting.map(({ name }) => [name, [] as Measurement[]]))
  for (let run = 0; run < (work.isOnce === true ? 1 : runs); run++) {
    for (const peer of fitting) {
      const directory = join(scratch.directory, 'place')
      mkdirSync(directory)
      const what = `${work.id}, run ${run + 1}, ${peer.name}`
      try {
        const taken = await work.measure(peer, { directory, scratch })
        measured[peer.name]?.push(...taken)
        console.log(`${what}: ${JSON.stringify(taken)}`)
      } catch (error) {
        // A tool that cannot do a work, or dies of it, has no figure; the others go on.
        measured[peer.name]?.push({ failed: 1 })
        console.log(`${what}: FAILED, ${String(error)}`)
      }
      rmSync(directory, { recursive: true, maxRetries: 5 })
    }
    results = withWork(results, work, measured)
    writeResults(given.results, results)
  }
}

/** Leaves out what is not installed and cannot be, by name. */
function present(wanted: readonly Peer[]): readonly Peer[] {
  const missing = wanted.flatMap((peer) =>
    peer.version() === undefined && peer.debian !== undefined ? [peer.debian] : [],
  )
  if (missing.length > 0 && !install(missing)) console.log(`cannot install ${missing.join(', ')}`)
  return wanted.filter((peer) => {
    const isThere = peer.version() !== undefined
    console.log(`${peer.name}: ${peer.version() ?? 'left out, it is not installed'}`)
    return isThere
  })
}

function withPeers(before: Results): Results {
  const versions = peers.map((peer) => [peer.name, peer.version() ?? ''])
  const notes = peers.map((peer) => [peer.name, peer.notes])
  return {
    ...before,
    versions: { ...before.versions, ...Object.fromEntries(versions) },
    notes: { ...before.notes, ...Object.fromEntries(notes) },
  }
}

function isWanted(name: string, list: string | undefined): boolean {
  return list === undefined || list.split(',').some((one) => `${name}$`.startsWith(one))
}
