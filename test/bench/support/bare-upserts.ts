import BetterSqlite3 from 'better-sqlite3'

import type { FileName } from './bench-queue.ts'

/**
 * The yardstick: nothing but a prepared upsert of the same rows into the same table of such a file,
 * as durable, in transactions of the same size. Returns milliseconds of each round over all rows.
 */
export function bareUpserts(
  file: string,
  names: readonly FileName[],
  masks: readonly number[],
  perTransaction: number,
): readonly number[] {
  const connection = new BetterSqlite3(file)
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'cache_size = -16384']) {
    connection.pragma(pragma)
  }
  connection.pragma('wal_autocheckpoint = 4000')
  const upsert = connection.prepare(`
    INSERT INTO event (path, mask, first_seen, last_seen) VALUES (?, ?, ?, ?)
    ON CONFLICT (path) DO UPDATE SET mask = mask | excluded.mask, last_seen = excluded.last_seen
  `)
  const paths = names.map(([directory, name]) => `${directory}/${name}`)
  const insert = connection.transaction((from: number, mask: number) => {
    const now = Date.now()
    for (const path of paths.slice(from, from + perTransaction)) upsert.run(path, mask, now, now)
  })
  const times = masks.map((mask) => {
    const began = performance.now()
    for (let from = 0; from < paths.length; from += perTransaction) insert.immediate(from, mask)
    return performance.now() - began
  })
  connection.close()
  return times
}
