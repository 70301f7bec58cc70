import { readWalIndex, type WalIndex } from './wal-index.ts'
import { readWalFile } from './wal-file.ts'

/**
 * Says what a database lost with its write-ahead log, or undefined. SQLite itself takes a log that
 * was deleted, cut off or overwritten for the end of what was written, without a word; but after a
 * crash the `-shm` file still tells how much there was.
 *
 * Must not be called while any process has the database open.
 */
export function walLoss(path: string): string | undefined {
  const index = readWalIndex(`${path}-shm`)
  if (index === undefined || index.frames === 0) return undefined
  const log = readWalFile(`${path}-wal`, index.frames)
  if (log === undefined)
    return isWhole(index) ? undefined : `its log ${path}-wal is gone or damaged`
  // Another log than the one the index is about: it is older, a power cut kept it.
  if (!log.salt.equals(index.salt)) return undefined
  const lost = index.frames - log.frames
  return lost === 0 ? undefined : `its log ${path}-wal lost ${lost} of ${index.frames} pages`
}

/** The log is not needed: the database file has all of it. */
function isWhole({ copied, frames }: WalIndex): boolean {
  return copied >= frames
}
