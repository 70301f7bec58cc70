import type BetterSqlite3 from 'better-sqlite3'

/**
 * How long content waits in memory at most, milliseconds: Linux begins to write it to the disk after
 * 30 s (vm.dirty_expire_centisecs), looks every 5 s, and a journal may be 5 s behind. With room for a
 * busy disk.
 */
const WRITTEN_BACK_MS = 60_000

/**
 * Doubts all files that may have been in memory only when the machine went down, so that the next
 * comparison tells them. That was when the last change was made, or later; what a wrong clock dated
 * after `now` says nothing of that. Returns the number of files. Reads the whole catalogue; called in
 * a transaction.
 */
export function doubtLastWrites(connection: BetterSqlite3.Database, now: number): number {
  const { changes } = connection
    .prepare(`
      UPDATE entry SET racy = 1
      WHERE mode & 0xf000 = 0x8000 AND ctime / 1000000 > (
        SELECT coalesce(max(ctime / 1000000), 0) - @writtenBackMs
        FROM entry WHERE ctime / 1000000 <= @now
      )
    `)
    .run({ now, writtenBackMs: WRITTEN_BACK_MS })
  return changes
}
