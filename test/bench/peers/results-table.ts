import { median, spreadOf } from '../support/statistics.ts'
import { markdownTable } from '../support/table.ts'
import type { Measurement, Metric } from '../works/work.ts'
import type { Results, WorkResult } from './results.ts'

/** Everything as Markdown: one table a work, a row for each peer. */
export function resultsTable({ machine, versions, notes, works }: Results): string {
  const peers = Object.entries(versions).map(
    ([peer, version]) => `- **${peer}** ${version}: ${notes[peer] ?? ''}`,
  )
  return [
    '# clsync beside what people use today',
    'Written by `npm run bench:peers`; nothing here is typed in by hand.',
    `Machine: ${machine}.`,
    'Each cell: median (least–most) of the runs, which took turns among the peers; whoever took ' +
      'longer than 90 s for one was given no second one. CPU time is that of the watching process ' +
      'with all its threads, without the scripts it starts.',
    peers.join('\n'),
    ...Object.values(works).map(workTable),
    ...slopeTable(works),
    '',
  ].join('\n\n')
}

/** What each further directory costs: between the two trees on which everybody became ready. */
function slopeTable(works: Results['works']): readonly string[] {
  const [small, large] = [works['ready-10000'], works['ready-100000']]
  if (small === undefined || large === undefined) return []
  const rows = Object.entries(large.peers).flatMap(([peer, measured]) => {
    const slope = (medianRss(measured) - medianRss(small.peers[peer] ?? [])) / 90_000
    return Number.isNaN(slope) ? [] : [[peer, slope.toFixed(0)]]
  })
  const table = markdownTable(['', 'RSS a directory and its 10 files, bytes'], rows)
  return [`## Memory: from 10,000 to 100,000 directories\n\n${table}`]
}

/** Bytes. */
function medianRss(measurements: readonly Measurement[]): number {
  return 1e6 * median(valuesOf(measurements, 'RSS'))
}

function workTable({ title, notes, metrics, measured, peers }: WorkResult): string {
  const head = ['', ...metrics.map(headingOf)]
  const rows = Object.entries(peers).map(([peer, measurements]) => [
    nameOf(peer, measurements),
    ...metrics.map((metric) => cellOf(measurements, metric)),
  ])
  const runs = Math.max(0, ...Object.values(peers).map(({ length }) => length))
  return `## ${title}\n\n${markdownTable(head, rows)}\n\n${notes} (${runs} runs; ${measured})`
}

function nameOf(peer: string, measurements: readonly Measurement[]): string {
  const failed = measurements.filter((one) => one['failed'] !== undefined).length
  return failed === 0 ? peer : `${peer} (died in ${failed} of ${measurements.length} runs)`
}

function headingOf({ name, unit }: Metric): string {
  return unit === '' ? name : `${name}, ${unit}`
}

function cellOf(measurements: readonly Measurement[], { name }: Metric): string {
  const values = valuesOf(measurements, name)
  if (values.length === 0) return '–'
  const { median: middle, least, most } = spreadOf(values)
  if (least === most) return short(middle)
  return `${short(middle)} (${short(least)}–${short(most)})`
}

/** A median with its unit, or a dash. */
export function medianCell(measurements: readonly Measurement[], { name, unit }: Metric): string {
  const values = valuesOf(measurements, name)
  if (values.length === 0) return '–'
  return unit === '' ? short(median(values)) : `${short(median(values))} ${unit}`
}

function valuesOf(measurements: readonly Measurement[], name: string): readonly number[] {
  return measurements.map((one) => one[name] ?? NaN).filter((value) => !Number.isNaN(value))
}

/** Three significant digits, fewer where they would say nothing. */
function short(value: number): string {
  if (value === 0 || Number.isInteger(value)) return String(value)
  if (Math.abs(value) >= 100) return value.toFixed(0)
  return String(Number(value.toPrecision(3)))
}
