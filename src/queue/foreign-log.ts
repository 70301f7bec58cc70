import { lstatSync } from 'node:fs'

/** A superuser's shell needs microseconds, unless the machine does not let it run. */
const DEADLINE_MS = 3_000
const PAUSE_MS = 5

/**
 * Waits until the log of a database and its index belong to this user; returns whether they do.
 *
 * A superuser who looks at a database of another user makes them where they are missing. SQLite
 * gives them to the owner of the database then (`robustFchown` in its `os_unix.c`), but in the moment
 * between the owner cannot open them, or for reading only.
 */
export function becomesOurs(databasePath: string): boolean {
  const end = performance.now() + DEADLINE_MS
  while (isForeign(`${databasePath}-wal`) || isForeign(`${databasePath}-shm`)) {
    if (performance.now() > end) return false
    pause()
  }
  return true
}

function isForeign(path: string): boolean {
  const owner = lstatSync(path, { throwIfNoEntry: false })?.uid
  return owner !== undefined && owner !== (process.geteuid?.() ?? owner)
}

/** Nothing else can be done before the database is open. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
}
