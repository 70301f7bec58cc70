import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'

import type { Measurement, Metric, Work } from '../works/work.ts'
import { resultsChart } from './results-chart.ts'
import { resultsTable } from './results-table.ts'

/** What was measured of one work: all measurements of each peer. */
export interface WorkResult {
  readonly title: string
  readonly notes: string
  readonly metrics: readonly Metric[]
  /** Day, commit, and how busy the machine was, clsync and its peers included. */
  readonly measured: string
  readonly peers: Readonly<Record<string, readonly Measurement[]>>
}

/** Everything that was measured on one machine. */
export interface Results {
  readonly machine: string
  /** Version of each peer, or why it was left out. */
  readonly versions: Readonly<Record<string, string>>
  readonly notes: Readonly<Record<string, string>>
  /** By id of the work. */
  readonly works: Readonly<Record<string, WorkResult>>
}

/** Reads what was measured before, if it was on this machine. */
export function readResults(directory: string): Results {
  const machine = describeMachine()
  const nothing = { machine, versions: {}, notes: {}, works: {} }
  const file = join(directory, 'peers.json')
  if (!existsSync(file)) return nothing
  const before = JSON.parse(readFileSync(file, 'utf8')) as Results
  return before.machine === machine ? before : nothing
}

export function withWork(results: Results, work: Work, peers: WorkResult['peers']): Results {
  const { id, title, notes, metrics } = work
  const result = { title, notes, metrics, measured: describeMoment(), peers }
  return { ...results, works: { ...results.works, [id]: result } }
}

/** Writes the data, the table and the chart. */
export function writeResults(directory: string, results: Results): void {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'peers.json'), `${JSON.stringify(results, undefined, 1)}\n`)
  writeFileSync(join(directory, 'peers.md'), resultsTable(results))
  writeFileSync(join(directory, 'peers.svg'), resultsChart(results))
}

function describeMachine(): string {
  const processors = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return (
    `${processors[0]?.model ?? 'unknown CPU'}, ${processors.length} cores, ${memory} GiB, ` +
    `Linux ${release()}, Node ${process.version}`
  )
}

function describeMoment(): string {
  const day = new Date().toISOString().slice(0, 10)
  const load = `load average ${(loadavg()[0] ?? 0).toFixed(1)}`
  const { status, stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], {
    encoding: 'utf8',
  })
  return status === 0 ? `${day}, ${stdout.trim()}, ${load}` : `${day}, ${load}`
}
