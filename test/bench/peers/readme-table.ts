import { readFileSync, writeFileSync } from 'node:fs'

import { markdownTable } from '../support/table.ts'
import type { Results } from './results.ts'
import { medianCell } from './results-table.ts'

const BEGIN = '<!-- bench:peers -->'
const END = '<!-- end of bench:peers -->'

/** What README shows, as far as it was measured: work, metric, in words. */
const SHOWN = [
  ['ready-10000', 'first start', 'ready, 10,000 directories'],
  ['ready-100000', 'first start', 'ready, 100,000 directories'],
  ['ready-10000', 'restart, in sync', 'known to be in sync again, 100,000 files'],
  ['ready-100000', 'restart, in sync', 'known to be in sync again, 1,000,000 files'],
  ['restart', 'exec → mirror equal', '1,000 changes while stopped: mirror equal'],
  ['restart', 'sent and received', 'and what that sent and received'],
  ['burst-50000', 'missed', 'burst of 50,000 files: never told'],
  ['burst-50000', 'last create → last path', 'last one told, with a delay of 1 s'],
  ['burst-50000', 'CPU a path', 'CPU a path told'],
  ['latency', 'p50', 'latency, median'],
  ['latency', 'p99', 'latency, 99 of 100'],
  ['idle', 'CPU', 'idle CPU, 1,000 directories'],
] as const

/** Writes the medians between two marks in README. */
export function writeReadmeTable(readme: string, results: Results): void {
  const text = readFileSync(readme, 'utf8')
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END)
  if (begin === -1 || end === -1) throw new Error(`${readme} has no place for the table`)
  const before = text.slice(0, begin + BEGIN.length)
  writeFileSync(readme, `${before}\n${summaryTable(results)}\n${text.slice(end)}`)
}

function summaryTable({ versions, works }: Results): string {
  const shown = SHOWN.flatMap(([id]) => works[id] ?? [])
  const peers = Object.keys(versions).filter(
    (peer) => shown.filter((work) => peer in work.peers).length > shown.length / 2,
  )
  const rows = SHOWN.flatMap(([id, name, words]) => {
    const work = works[id]
    const metric = work?.metrics.find((one) => one.name === name)
    if (work === undefined || metric === undefined) return []
    return [[words, ...peers.map((peer) => medianCell(work.peers[peer] ?? [], metric))]]
  })
  return markdownTable(['', ...peers], rows)
}
