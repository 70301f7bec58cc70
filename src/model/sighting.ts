/** What is known of a name, bits. */
export const SightingFlag = {
  /** `lstat` found it; the stat fields hold. */
  present: 1,
  /** `lstat` said ENOENT or ENOTDIR. */
  gone: 2,
  /** `lstat` failed otherwise: nothing is known. */
  unknown: 4,
  /** ctime lies within a clock tick of the look: equality with it must not be trusted. */
  racy: 8,
  /** It is there, but the rules reject it: forget it without a word. */
  rejected: 16,
} as const

/** Flags of sightings that are not simply there. */
export const NOT_PLAIN: number = SightingFlag.gone | SightingFlag.unknown | SightingFlag.rejected

/** One name, as `lstat` saw it. Readers reuse one object: copy what must stay. */
export interface Sighting {
  /** Bytes of the name inside the packet. */
  name: Buffer
  /** `SightingFlag` bits. */
  flags: number
  /** inotify bits of the hint; 0 in listings. */
  mask: number
  /** `st_mode`, type and permissions. */
  mode: number
  uid: number
  gid: number
  ino: number
  /** Bytes. */
  size: number
  mtimeSeconds: number
  mtimeNanos: number
  ctimeSeconds: number
  ctimeNanos: number
}

/** Returns a sighting to be filled and reused. */
export function emptySighting(): Sighting {
  return {
    name: Buffer.alloc(0),
    flags: 0,
    mask: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    ino: 0,
    size: 0,
    mtimeSeconds: 0,
    mtimeNanos: 0,
    ctimeSeconds: 0,
    ctimeNanos: 0,
  }
}

/** Times in nanoseconds that a 64-bit integer holds, from 1677 to 2262, and sizes. */
const MOST_SECONDS = 9_223_372_035
const LARGEST_SIZE = 2 ** 63 - 1_024
/** Numbers keep 53 bits exactly; inodes need only be likely to differ. */
const INODES = 2 ** 53
const NANOS = 1_000_000_000

/**
 * Makes what was seen fit for the catalogue's 64-bit integers: anybody may set times and sizes that
 * they do not hold, and some file systems have inodes above 2^63. Times before 1970 have both parts
 * negative afterwards, as SQL's division has them.
 */
export function bound(sighting: Sighting): void {
  if (sighting.ino >= INODES) sighting.ino %= INODES
  sighting.size = Math.min(sighting.size, LARGEST_SIZE)
  if (isOdd(sighting.mtimeSeconds)) {
    const [seconds, nanos] = boundTime(sighting.mtimeSeconds, sighting.mtimeNanos)
    sighting.mtimeSeconds = seconds
    sighting.mtimeNanos = nanos
  }
  if (isOdd(sighting.ctimeSeconds)) {
    const [seconds, nanos] = boundTime(sighting.ctimeSeconds, sighting.ctimeNanos)
    sighting.ctimeSeconds = seconds
    sighting.ctimeNanos = nanos
  }
}

function isOdd(seconds: number): boolean {
  return seconds < 0 || seconds > MOST_SECONDS
}

function boundTime(seconds: number, nanos: number): readonly [number, number] {
  if (seconds > MOST_SECONDS) return [MOST_SECONDS, 0]
  if (seconds < -MOST_SECONDS) return [-MOST_SECONDS, 0]
  return nanos > 0 ? [seconds + 1, nanos - NANOS] : [seconds, 0]
}
