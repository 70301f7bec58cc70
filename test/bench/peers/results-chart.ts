import { median } from '../support/statistics.ts'
import type { Metric } from '../works/work.ts'
import type { Results, WorkResult } from './results.ts'

/** Which metric of a work is worth a picture, by the beginning of the work's id. */
const SHOWN: Readonly<Record<string, string>> = {
  ready: 'first start',
  burst: 'CPU a path',
  latency: 'p50',
  idle: 'CPU',
  restart: 'exec → mirror equal',
}

const WIDTH = 760
const LABEL = 130
const VALUE = 80
const BAR = 18
const STEP = 24
const HEADING = 34
const OURS = '#1f6feb'
const THEIRS = '#8b949e'

interface Bar {
  readonly peer: string
  readonly value: number
}

/** One panel of bars for each shown work; shorter is better in all of them. */
export function resultsChart({ machine, works }: Results): string {
  const panels: string[] = []
  let y = 30
  for (const [id, work] of Object.entries(works)) {
    const metric = shownOf(id, work)
    const bars = metric === undefined ? [] : barsOf(work, metric)
    if (metric === undefined || bars.length === 0) continue
    panels.push(panel(`${work.title} – ${metric.name}, ${metric.unit}`, bars, y))
    y += HEADING + bars.length * STEP + 14
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 10}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(10, 20, `Medians, shorter is better. ${machine}`, 'fill="#57606a"'),
    ...panels,
    '</svg>\n',
  ].join('\n')
}

function shownOf(id: string, { metrics }: WorkResult): Metric | undefined {
  const begin = Object.keys(SHOWN).find((key) => id.startsWith(key))
  return begin === undefined ? undefined : metrics.find(({ name }) => name === SHOWN[begin])
}

function barsOf({ peers }: WorkResult, { name }: Metric): readonly Bar[] {
  return Object.entries(peers)
    .map(([peer, measured]) => ({ peer, value: median(measured.map((one) => one[name] ?? NaN)) }))
    .filter(({ value }) => Number.isFinite(value))
}

function panel(heading: string, bars: readonly Bar[], top: number): string {
  const longest = Math.max(...bars.map(({ value }) => value)) || 1
  const room = WIDTH - LABEL - VALUE
  const lines = bars.map(({ peer, value }, index) => {
    const y = top + HEADING + index * STEP
    const width = Math.max(1, (value / longest) * room)
    const fill = peer === 'clsync' ? OURS : THEIRS
    return [
      text(LABEL - 8, y + 13, peer, 'text-anchor="end"'),
      `<rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="${fill}"/>`,
      text(LABEL + width + 6, y + 13, String(Number(value.toPrecision(3)))),
    ].join('')
  })
  return [text(10, top + 22, heading, 'font-weight="bold"'), ...lines].join('\n')
}

function text(x: number, y: number, words: string, more = ''): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x.toFixed(1)}" y="${y}" ${more}>${escaped}</text>`
}
