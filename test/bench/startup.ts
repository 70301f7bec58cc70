/**
 * `npm run bench:startup [-- --dirs N --files M --runs R]`: from exec to `ready`, beside what the
 * cheapest program that looks at every name takes, `find -type f | wc -l`, and a bare Node's start.
 */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { whyNoFanotify } from '../watch/fanotify/availability.js'
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
/** With fanotify, from the moment at which Node itself is up. */
const MOST_MS = 100
/** What a program leaves behind for the kernel, ten thousand watches say, is not counted to the next. */
const QUIET_MS = 1_000

interface Start {
  readonly readyMs: number
  readonly peakBytes: number
}

const { sizes } = sizesFrom({ dirs: 10_000, files: 100_000, runs: 15 })

/** Milliseconds each, and the starts of the daemon. */
interface Times {
  readonly find: number[]
  readonly node: number[]
  readonly first: Start[]
  readonly again: Start[]
  readonly fanotify: Start[]
}

const noFanotify = await whyNoFanotify()

await inScratch(async (scratch) => {
  const tree = join(scratch.directory, 'tree')
  makeTree(tree, sizes.dirs, sizes.files)
  const times: Times = { find: [], node: [], first: [], again: [], fanotify: [] }
  for (let run = 0; run < sizes.runs; run++) {
    const db = (name: string): string => join(scratch.directory, 'state', `${name}${run}.db`)
    await delay(QUIET_MS)
    times.find.push(timeCommand('sh', ['-c', 'find "$1" -type f | wc -l', 'sh', tree]))
    await delay(QUIET_MS)
    times.node.push(timeCommand(process.execPath, ['-e', '0']))
    // Before those that leave ten thousand watches for the kernel to free.
    if (noFanotify === undefined) {
      times.fanotify.push(await start('--fanotify', tree, db('fanotify'), scratch))
    }
    times.first.push(await start('--inotify', tree, db('inotify'), scratch))
    times.again.push(await start('--inotify', tree, db('inotify'), scratch))
  }
  print(times)
})

/** Starts the daemon, lets it watch and compare everything, and ends it. */
async function start(engine: string, tree: string, db: string, scratch: Scratch): Promise<Start> {
  await delay(QUIET_MS)
  const call = { flags: [engine, '--initialsync', 'never'], db, tree, script: '/bin/true' }
  const daemon = new ClsyncProgram(call, scratch)
  const readyMs = await daemon.reached('daemon:ready')
  await daemon.reached('reconcile:finished')
  const peakBytes = peakRss(daemon.program.pid)
  await daemon.program.stop()
  return { readyMs, peakBytes }
}

function print({ find, node, first, again, fanotify }: Times): void {
  console.log(`${sizes.dirs} directories, ${sizes.files} files, ${sizes.runs} runs in turn\n`)
  const peaks = [...first, ...again].map(({ peakBytes }) => peakBytes / 1e6)
  const rows = [
    row('find -type f, wc -l', find, 'ms'),
    row("Node's own start", node, 'ms'),
    row('clsync, exec to ready, first start', readyOf(first), 'ms'),
    row('clsync, exec to ready, restart', readyOf(again), 'ms'),
    row('peak RSS, comparison included', peaks, 'MB'),
  ]
  if (noFanotify === undefined) rows.push(row('clsync --fanotify', readyOf(fanotify), 'ms'))
  else console.log(`fanotify is not measured: ${noFanotify}\n`)
  console.log(markdownTable(['', 'median', 'least', 'most'], rows))

  const yardstick = median(find) + median(node)
  const verdicts = new Verdicts()
  const atMost = (what: string, starts: readonly Start[]): void =>
    verdicts.atMost(what, median(readyOf(starts)) / yardstick, MOST_TIMES_FIND, 'times')
  atMost('ready, first start / (find + Node)', first)
  atMost('ready, restart / (find + Node)', again)
  verdicts.atMost('peak RSS, comparison included', median(peaks), MOST_MEGABYTES, 'MB')
  if (noFanotify === undefined) {
    const beyondNode = median(readyOf(fanotify)) - median(node)
    verdicts.atMost("ready with fanotify - Node's own start", beyondNode, MOST_MS, 'ms')
  }
  verdicts.print()
}

function readyOf(starts: readonly Start[]): readonly number[] {
  return starts.map(({ readyMs }) => readyMs)
}

function row(what: string, values: readonly number[], unit: string): readonly string[] {
  const { median: middle, least, most } = spreadOf(values)
  return [what, ...[middle, least, most].map((value) => `${value.toFixed(0)} ${unit}`)]
}
