/**
 * `npm run bench:startup [-- --dirs N --files M --runs R]`: from exec to `ready`, beside what the
 * cheapest program that looks at every name takes, `find -type f | wc -l`, and a bare Node's start.
 */
import { join } from 'node:path'

import { ClsyncProgram } from './support/clsync.ts'
import { peakRss } from './support/proc.ts'
import { timeCommand } from './support/program.ts'
import { inScratch, type Scratch } from './support/scratch.ts'
import { sizesFrom } from './support/sizes.ts'
import { median, spreadOf } from './support/statistics.ts'
import { markdownTable } from './support/table.ts'
import { makeTree } from './support/tree.ts'
import { Verdicts } from './support/verdicts.ts'

const MOST_TIMES_FIND = 1.5
const MOST_MEGABYTES = 100

interface Start {
  readonly readyMs: number
  readonly peakBytes: number
}

const { sizes } = sizesFrom({ dirs: 10_000, files: 100_000, runs: 5 })

await inScratch(async (scratch) => {
  const tree = join(scratch.directory, 'tree')
  makeTree(tree, sizes.dirs, sizes.files)
  const find: number[] = []
  const node: number[] = []
  const first: Start[] = []
  const again: Start[] = []
  for (let run = 0; run < sizes.runs; run++) {
    find.push(timeCommand('sh', ['-c', 'find "$1" -type f | wc -l', 'sh', tree]))
    node.push(timeCommand(process.execPath, ['-e', '0']))
    const db = join(scratch.directory, 'state', `run${run}.db`)
    first.push(await start(tree, db, scratch))
    again.push(await start(tree, db, scratch))
  }
  print({ find, node, first, again })
})

/** Starts the daemon, lets it watch and compare everything, and ends it. */
async function start(tree: string, db: string, scratch: Scratch): Promise<Start> {
  const call = { flags: ['--initialsync', 'never'], db, tree, script: '/bin/true' }
  const daemon = new ClsyncProgram(call, scratch)
  const readyMs = await daemon.reached('daemon:ready')
  await daemon.reached('reconcile:finished')
  const peakBytes = peakRss(daemon.program.pid)
  await daemon.program.stop()
  return { readyMs, peakBytes }
}

function print(times: {
  readonly find: readonly number[]
  readonly node: readonly number[]
  readonly first: readonly Start[]
  readonly again: readonly Start[]
}): void {
  const ready = (starts: readonly Start[]): number[] => starts.map(({ readyMs }) => readyMs)
  const peaks = [...times.first, ...times.again].map(({ peakBytes }) => peakBytes / 1e6)
  const row = (what: string, values: readonly number[]): string[] => {
    const { median: middle, least, most } = spreadOf(values)
    return [what, ...[middle, least, most].map((ms) => `${ms.toFixed(0)} ms`)]
  }
  console.log(`${sizes.dirs} directories, ${sizes.files} files, ${sizes.runs} runs in turn\n`)
  console.log(
    markdownTable(
      ['', 'median', 'least', 'most'],
      [
        row('find -type f, wc -l', times.find),
        row("Node's own start", times.node),
        row('clsync, exec to ready, first start', ready(times.first)),
        row('clsync, exec to ready, restart', ready(times.again)),
        ['peak RSS, comparison included', ...megabytes(peaks)],
      ],
    ),
  )
  const verdicts = new Verdicts()
  const yardstick = median(times.find) + median(times.node)
  const ratio = median(ready(times.first)) / yardstick
  verdicts.atMost('ready, first start / (find + Node)', ratio, MOST_TIMES_FIND, 'times')
  const againRatio = median(ready(times.again)) / yardstick
  verdicts.atMost('ready, restart / (find + Node)', againRatio, MOST_TIMES_FIND, 'times')
  verdicts.atMost('peak RSS, comparison included', median(peaks), MOST_MEGABYTES, 'MB')
  verdicts.print()
}

function megabytes(values: readonly number[]): readonly string[] {
  const { median: middle, least, most } = spreadOf(values)
  return [middle, least, most].map((value) => `${value.toFixed(0)} MB`)
}
