import type { Sighting } from '../model/sighting.ts'
import type { CtimeClock } from './ctime-clock.ts'

/** Longer than any kernel's clock tick. */
const TICK_MS = 20
/** FAT, ext3 and HFS+ keep whole seconds, FAT even ones. */
const COARSE_MS = 2_000
/** How wrong a server's clock may be. */
const FOREIGN_MS = 60_000

/**
 * Says whether the file may still change without its ctime changing, so that a later look which
 * finds the same ctime proves nothing. This is git's rule for its index ("racy git", its
 * Documentation/technical/racy-git.txt), with ctime in place of mtime: the clock which stamps files
 * ticks, and a second change in the tick of the look gets the same stamp.
 *
 * @param lookedAt wall clock before the look, milliseconds since the epoch
 * @param clock asked only about fresh files
 */
export function isRacy(
  sighting: Readonly<Sighting>,
  lookedAt: number,
  clock: () => CtimeClock,
): boolean {
  const age = lookedAt - (sighting.ctimeSeconds * 1_000 + sighting.ctimeNanos / 1e6)
  if (age > FOREIGN_MS) return false
  switch (clock()) {
    case 'exact':
      // Cut to a whole second where inodes have no room for more: ext3, or ext4 with small inodes.
      return sighting.ctimeNanos === 0 && age <= COARSE_MS
    case 'foreign':
      return true
    case 'ticking':
      return age <= (sighting.ctimeNanos === 0 ? COARSE_MS : TICK_MS)
  }
}
