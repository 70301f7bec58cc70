/**
 * `npm run bench:catchup [-- --dirs N --files M --runs R]`, or `-- DIRECTORY --runs R` for a tree that is
 * there already and does not change: a restart over an unchanged tree, from
 * exec to the end of the comparison with the catalogue, beside a `find` that prints what is compared.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

import BetterSqlite3 from 'better-sqlite3'

import { ClsyncProgram } from './support/clsync.ts'
import { peakRss } from './support/proc.ts'
import { timeCommand } from './support/program.ts'
import { inScratch, type Scratch } from './support/scratch.ts'
import { sizesFrom } from './support/sizes.ts'
import { median, spreadOf } from './support/statistics.ts'
import { markdownTable, type Row } from './support/table.ts'
import { makeTree } from './support/tree.ts'
import { Verdicts } from './support/verdicts.ts'

const MOST_TIMES_FIND = 3
const MOST_MEGABYTES = 150
const MOST_BYTES_AN_ENTRY = 80
const REAL_TREE = '/usr'

interface Start {
  readonly readyMs: number
  readonly comparedMs: number
  readonly peakBytes: number
}

const { sizes, rest } = sizesFrom({ dirs: 100_000, files: 1_000_000, runs: 3 })
const [given] = rest

await inScratch(async (scratch) => {
  const tree = given ?? join(scratch.directory, 'tree')
  const db = join(scratch.directory, 'state', 'tree.db')
  if (given === undefined) makeTree(tree, sizes.dirs, sizes.files)
  const first = await start(tree, db, scratch)
  const find: number[] = []
  const again: Start[] = []
  for (let run = 0; run < sizes.runs; run++) {
    find.push(timeCommand('find', [tree, '-printf', '%i %s %T@ %C@\\n']))
    again.push(await start(tree, db, scratch))
  }
  const realDb = join(scratch.directory, 'state', 'real.db')
  await start(REAL_TREE, realDb, scratch)
  print(first, again, find)
  judge(again, find, { made: entryBytes(db), real: entryBytes(realDb) })
})

/** Starts the daemon, waits for the end of its comparison, and ends it. */
async function start(tree: string, db: string, scratch: Scratch): Promise<Start> {
  const call = { flags: ['--initialsync', 'never'], db, tree, script: '/bin/true' }
  const daemon = new ClsyncProgram(call, scratch)
  const readyMs = await daemon.reached('daemon:ready')
  const comparedMs = await daemon.reached('reconcile:finished')
  const peakBytes = peakRss(daemon.program.pid)
  await daemon.program.stop()
  return { readyMs, comparedMs, peakBytes }
}

/** Bytes of the catalogue's pages for each of its entries. */
function entryBytes(db: string): number {
  const connection = new BetterSqlite3(db, { readonly: true })
  const bytes: unknown = connection
    .prepare(
      `SELECT (SELECT sum(pgsize) FROM dbstat WHERE name = 'entry') * 1.0 / count(*) FROM entry`,
    )
    .pluck()
    .get()
  connection.close()
  return Number(bytes)
}

function print(first: Start, again: readonly Start[], find: readonly number[]): void {
  console.log(
    `${given ?? `${sizes.dirs} directories, ${sizes.files} files`}, ${sizes.runs} runs in turn; ` +
      `${execFileSync('uname', ['-sr']).toString().trim()}, Node ${process.version}\n`,
  )
  const rows = [
    toRow('find -printf "%i %s %T@ %C@"', find),
    toRow(
      'clsync restart, exec to ready',
      again.map(({ readyMs }) => readyMs),
    ),
    toRow(
      'clsync restart, exec to compared',
      again.map(({ comparedMs }) => comparedMs),
    ),
    toRow('clsync first start, exec to ready', [first.readyMs]),
    toRow('clsync first start, catalogue filled', [first.comparedMs]),
  ]
  console.log(markdownTable(['', 'median', 'least', 'most'], rows))
  console.log(`\npeak RSS of the first start: ${(first.peakBytes / 1e6).toFixed(0)} MB`)
}

function judge(
  again: readonly Start[],
  find: readonly number[],
  entry: { readonly made: number; readonly real: number },
): void {
  const verdicts = new Verdicts()
  const times = median(again.map(({ comparedMs }) => comparedMs)) / median(find)
  verdicts.atMost('restart, exec to compared / find', times, MOST_TIMES_FIND, 'times')
  const peak = Math.max(...again.map(({ peakBytes }) => peakBytes))
  verdicts.atMost('peak RSS of a restart', peak / 1e6, MOST_MEGABYTES, 'MB')
  verdicts.atMost('catalogue of this tree', entry.made, MOST_BYTES_AN_ENTRY, 'bytes an entry')
  verdicts.atMost(`catalogue of ${REAL_TREE}`, entry.real, MOST_BYTES_AN_ENTRY, 'bytes an entry')
  verdicts.print()
}

function toRow(what: string, values: readonly number[]): Row {
  const { median: middle, least, most } = spreadOf(values)
  return [what, ...[middle, least, most].map((ms) => `${ms.toFixed(0)} ms`)]
}
