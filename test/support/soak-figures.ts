import { statSync } from 'node:fs'

import { handlesOf, memoryOf } from './process-usage.ts'
import { lookAtQueue } from './queue-look.ts'

/** What a daemon uses at one moment; bytes and seconds. */
export interface Usage {
  /** Age of what waits longest. */
  readonly lag: number
  readonly rss: number
  readonly handles: number
  /** Write-ahead log. */
  readonly log: number
  readonly database: number
}

/** Longest that anything may wait: scripts fail now and then, and are slow. */
const MOST_LAG_SECONDS = 30
const MOST_LOG_BYTES = 64 << 20
/** Node takes its time to find out how much memory it needs. */
const MOST_RSS_GROWTH_BYTES = 80 << 20
const MOST_NEW_HANDLES = 10
const MOST_DATABASE_GROWTH_BYTES = 16 << 20

/** Looks at a daemon and its database from outside. */
export function usageOf(pid: number, db: string): Usage {
  const oldest = lookAtQueue(db)?.oldest
  return {
    lag: oldest === undefined ? 0 : Math.max(0, Date.now() - oldest) / 1_000,
    rss: memoryOf(pid).rss,
    handles: handlesOf(pid),
    log: sizeOf(`${db}-wal`),
    database: sizeOf(db),
  }
}

/** Of a span of time: what was waited for and logged at most, what was used all the time. */
export function summaryOf(usages: readonly Usage[]): Usage {
  return {
    lag: Math.max(...usages.map(({ lag }) => lag)),
    rss: Math.min(...usages.map(({ rss }) => rss)),
    handles: Math.min(...usages.map(({ handles }) => handles)),
    log: Math.max(...usages.map(({ log }) => log)),
    database: Math.max(...usages.map(({ database }) => database)),
  }
}

/** Says in words what grew from the first of these spans to the last; nothing when all is well. */
export function growthIn(spans: readonly Usage[]): readonly string[] {
  const [first, last] = [spans[0], spans.at(-1)]
  if (first === undefined || last === undefined) return ['nothing was looked at']
  const found = [
    [last.rss > first.rss + MOST_RSS_GROWTH_BYTES, 'memory', print(first), print(last)],
    [last.handles > first.handles + MOST_NEW_HANDLES, 'handles', print(first), print(last)],
    [
      last.database > first.database + MOST_DATABASE_GROWTH_BYTES,
      'the database',
      print(first),
      print(last),
    ],
    ...spans.flatMap((span) => [
      [span.lag > MOST_LAG_SECONDS, 'lag', 'nothing', print(span)] as const,
      [span.log > MOST_LOG_BYTES, 'the log', 'nothing', print(span)] as const,
    ]),
  ] as const
  return found
    .filter(([isTooMuch]) => isTooMuch)
    .map(([, what, from, to]) => `${what} grew: from ${from} to ${to}`)
}

/** For people. */
export function print({ lag, rss, handles, log, database }: Usage): string {
  const sizes = `RSS ${mebibytes(rss)}, ${handles} handles, log ${mebibytes(log)}`
  return `lag ${lag.toFixed(1)} s, ${sizes}, database ${mebibytes(database)}`
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
