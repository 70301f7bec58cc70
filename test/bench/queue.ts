/**
 * `npm run bench:queue [-- --rows N --runs R --backlog N]`: what recording costs beside bare upserts
 * and beside an intake without a catalogue, and what hints and claims cost as the backlog grows.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'

import { Backlog, type BacklogCosts } from './support/backlog.ts'
import { type Recording, recordBare, recordEvents, recordWhole } from './support/recording.ts'
import { inScratch, type Scratch } from './support/scratch.ts'
import { sizesFrom } from './support/sizes.ts'
import { median, spreadOf } from './support/statistics.ts'
import { markdownTable, type Row } from './support/table.ts'
import { Verdicts } from './support/verdicts.ts'

const MOST_TIMES_BARE = 2
const LEAST_RATE_PERCENT = 60
const MOST_GROWTH = 1.3
const BACKLOG_ROUNDS = 25
const NAMES = { newHint: 'hint, new path', knownHint: 'hint, pending path', claim: 'claim' }

const { sizes } = sizesFrom({ rows: 200_000, runs: 9, backlog: 1_000_000 })
const verdicts = new Verdicts()

await inScratch(async (scratch) => {
  await compareRecording(scratch)
  await compareBacklogs(scratch)
})
verdicts.print()

async function compareRecording({ directory }: Scratch): Promise<void> {
  const ways = { bare: recordBare, 'without catalogue': recordEvents, whole: recordWhole }
  const taken = { bare: [], 'without catalogue': [], whole: [] } as Record<
    keyof typeof ways,
    Recording[]
  >
  for (let run = 0; run < sizes.runs; run++) {
    for (const way of Object.keys(ways) as (keyof typeof ways)[]) {
      taken[way].push(await ways[way](directory, sizes.rows))
      for (const name of ['bare', 'events', 'whole']) removeDatabase(join(directory, `${name}.db`))
    }
  }
  printRecordings(taken)
  for (const kind of ['creations', 'modifications'] as const) {
    const middle = (way: keyof typeof ways): number => median(taken[way].map((one) => one[kind]))
    const times = middle('whole') / middle('bare')
    verdicts.atMost(`${kind}: whole intake / bare upserts`, times, MOST_TIMES_BARE, 'times')
    const rate = (100 * middle('without catalogue')) / middle('whole')
    verdicts.atLeast(`${kind}: rate with / without catalogue`, rate, LEAST_RATE_PERCENT, '%')
  }
}

async function compareBacklogs({ directory }: Scratch): Promise<void> {
  const counts = [...new Set([1_000, Math.ceil(sizes.backlog / 10), sizes.backlog])]
  const backlogs: Backlog[] = []
  for (const pending of counts) {
    backlogs.push(await Backlog.open(join(directory, `backlog${pending}.db`), pending))
  }
  for (let round = 0; round < BACKLOG_ROUNDS; round++) {
    for (const backlog of backlogs) await backlog.measure()
  }
  for (const backlog of backlogs) await backlog.close()
  printBacklogs(backlogs.map(({ costs }) => costs))
  const [least, most] = [backlogs.at(0)?.costs, backlogs.at(-1)?.costs]
  if (least === undefined || most === undefined) return
  for (const what of ['newHint', 'knownHint', 'claim'] as const) {
    const growth = median(most[what]) / median(least[what])
    verdicts.atMost(`${NAMES[what]}, ${most.pending} / 1000 pending`, growth, MOST_GROWTH, 'times')
  }
}

function printRecordings(taken: Readonly<Record<string, readonly Recording[]>>): void {
  const rows = Object.entries(taken).flatMap(([way, recordings]) =>
    (['creations', 'modifications'] as const).map((kind) =>
      toRow(
        `${kind}, ${way}`,
        recordings.map((one) => (one[kind] * 1_000) / sizes.rows),
      ),
    ),
  )
  console.log(`${sizes.rows} rows, ${sizes.runs} runs in turn, microseconds a row\n`)
  console.log(markdownTable(['', 'median', 'least', 'most'], rows))
}

function printBacklogs(costs: readonly BacklogCosts[]): void {
  const rows = costs.flatMap((cost) =>
    (['newHint', 'knownHint', 'claim'] as const).map((what) =>
      toRow(`${NAMES[what]}, ${cost.pending} pending`, cost[what]),
    ),
  )
  console.log(`\n${BACKLOG_ROUNDS} rounds in turn of 1000 paths, microseconds a path\n`)
  console.log(markdownTable(['', 'median', 'least', 'most'], rows))
}

function toRow(what: string, values: readonly number[]): Row {
  const { median: middle, least, most } = spreadOf(values)
  return [what, ...[middle, least, most].map((value) => value.toFixed(2))]
}

function removeDatabase(file: string): void {
  for (const end of ['', '-wal', '-shm', '.lock']) rmSync(file + end, { force: true })
}
