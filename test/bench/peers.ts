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
import { clsync, clsyncFanotify } from './peers/clsync.ts'
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
import type { Measurement, Place, Work } from './works/work.ts'

const PEERS: readonly Peer[] = [clsync, clsyncFanotify, lsyncd, clsyncC, watchman, chokidarLoop]
/** Whoever takes longer for one run is given no second one. */
const PATIENCE_MS = 90_000
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
  const fitting = new Set(peers.filter((peer) => fits(peer, work)))
  const measured: Record<string, Measurement[]> = {}
  const shared = join(scratch.directory, 'shared')
  mkdirSync(shared)
  work.prepare?.(shared)
  for (let run = 0; run < (work.isOnce === true ? 1 : runs); run++) {
    for (const peer of fitting) {
      const began = performance.now()
      const taken = await measure(peer, work, { shared, scratch })
      ;(measured[peer.name] ??= []).push(...taken)
      console.log(`${work.id}, run ${run + 1}, ${peer.name}: ${JSON.stringify(taken)}`)
      if (performance.now() - began > PATIENCE_MS) fitting.delete(peer)
    }
    results = withWork(results, work, measured)
    writeResults(given.results, results)
  }
  rmSync(shared, { recursive: true, maxRetries: 5 })
}

function fits({ mostDirectories, onlyWorks }: Peer, { directories = 0, id }: Work): boolean {
  return directories <= mostDirectories && (onlyWorks === undefined || id.startsWith(onlyWorks))
}

/** One run, in a directory of its own. */
async function measure(
  peer: Peer,
  work: Work,
  place: Omit<Place, 'directory'>,
): Promise<readonly Measurement[]> {
  const directory = join(place.scratch.directory, 'place')
  mkdirSync(directory)
  try {
    return await work.measure(peer, { ...place, directory })
  } catch (error) {
    // A tool that cannot do a work, or dies of it, has no figure; the others go on.
    console.log(`${peer.name} FAILED: ${String(error)}`)
    return [{ failed: 1 }]
  } finally {
    rmSync(directory, { recursive: true, maxRetries: 5 })
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
