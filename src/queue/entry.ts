import {
  IN_ATTRIB,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVED_TO,
} from '../model/mask.ts'
import { type Sighting, SightingFlag } from '../model/sighting.ts'

/** One name of the tree as the catalogue has it. */
export interface Entry {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly ino: number
  /** Bytes. */
  readonly size: number
  readonly mtimeSeconds: number
  readonly mtimeNanos: number
  readonly ctimeSeconds: number
  readonly ctimeNanos: number
  /** It may have changed in the clock tick in which it was looked at. */
  readonly racy: boolean
  /** Directories: the number that their entries carry. */
  readonly number: number | undefined
}

const S_IFMT = 0o170000
const S_IFDIR = 0o040000
const S_IFREG = 0o100000

export function isDirectory(mode: number): boolean {
  return (mode & S_IFMT) === S_IFDIR
}

export function isRegularFile(mode: number): boolean {
  return (mode & S_IFMT) === S_IFREG
}

/**
 * Says whether nothing at all changed, and that can be trusted. It cannot after a hint that something
 * was written: the kernel sets ctime when a write(2) begins and tells of it when it ends, so a look
 * in between has recorded the last ctime with half of the content.
 */
export function isUnchanged(known: Entry, seen: Readonly<Sighting>): boolean {
  const wasWritten = (seen.mask & IN_MODIFY) !== 0
  return !known.racy && !wasWritten && hasSameStamp(known, seen)
}

/** Says whether the entry would be written as it is. */
export function hasSameStamp(known: Entry, seen: Readonly<Sighting>): boolean {
  return (
    known.ctimeNanos === seen.ctimeNanos &&
    known.ctimeSeconds === seen.ctimeSeconds &&
    known.ino === seen.ino &&
    known.size === seen.size &&
    !ownerOrModeChanged(known, seen) &&
    known.mtimeNanos === seen.mtimeNanos &&
    known.mtimeSeconds === seen.mtimeSeconds
  )
}

/**
 * Returns the inotify bits that describe how a name differs from its entry, 0 when it does not:
 * ctime, inode and size are compared, never mtime alone, since mtime can be set back. A ctime that
 * moved for no visible reason may hide other content of the same size.
 */
export function difference(known: Entry | undefined, seen: Readonly<Sighting>): number {
  const kind = isDirectory(seen.mode) ? IN_ISDIR : 0
  if (known === undefined) return IN_CREATE | kind
  if ((known.mode & S_IFMT) !== (seen.mode & S_IFMT)) return IN_DELETE | IN_CREATE | kind
  if (kind !== 0) return directoryDifference(known, seen)
  if (known.ino !== seen.ino) return IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE
  const attributes = ownerOrModeChanged(known, seen) ? IN_ATTRIB : 0
  if (known.racy || sizeOrMtimeChanged(known, seen)) return IN_MODIFY | IN_CLOSE_WRITE | attributes
  if (attributes !== 0) return IN_ATTRIB
  return ctimeChanged(known, seen) ? IN_ATTRIB | IN_MODIFY | IN_CLOSE_WRITE : 0
}

/** Bits that say that there is something to fetch. */
const FETCH = IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO

/**
 * Returns the bits to be told after a hint. It is looked at once all hints so far are read, so the
 * look may see what a hint still to come is about; that one then finds nothing new. So bits that
 * speak of attributes or a deletion alone are not enough when there is something to fetch.
 */
export function told(hint: number, known: Entry | undefined, seen: Readonly<Sighting>): number {
  const kind = isDirectory(seen.mode) ? IN_ISDIR : 0
  const bits = (hint & ~IN_ISDIR) | kind
  if ((hint & FETCH) !== 0 || !hasOtherContent(known, seen)) return bits
  return bits | difference(known, seen)
}

function hasOtherContent(known: Entry | undefined, seen: Readonly<Sighting>): boolean {
  if (known === undefined || known.ino !== seen.ino) return true
  if ((known.mode & S_IFMT) !== (seen.mode & S_IFMT)) return true
  return !isDirectory(seen.mode) && sizeOrMtimeChanged(known, seen)
}

/**
 * A directory's times change with the names in it, which are told by themselves and set both times to
 * the same. So only owner and mode count, and a ctime that moved while mtime did not (extended
 * attributes) or is not it (mtime set).
 */
function directoryDifference(known: Entry, seen: Readonly<Sighting>): number {
  if (known.ino !== seen.ino) return IN_DELETE | IN_CREATE | IN_ISDIR
  if (ownerOrModeChanged(known, seen)) return IN_ATTRIB | IN_ISDIR
  if (!ctimeChanged(known, seen)) return 0
  return mtimeChanged(known, seen) && isCtimeMtime(seen) ? 0 : IN_ATTRIB | IN_ISDIR
}

function isCtimeMtime(seen: Readonly<Sighting>): boolean {
  return seen.mtimeNanos === seen.ctimeNanos && seen.mtimeSeconds === seen.ctimeSeconds
}

function sizeOrMtimeChanged(known: Entry, seen: Readonly<Sighting>): boolean {
  return known.size !== seen.size || mtimeChanged(known, seen)
}

function ownerOrModeChanged(known: Entry, seen: Readonly<Sighting>): boolean {
  return known.mode !== seen.mode || known.uid !== seen.uid || known.gid !== seen.gid
}

function mtimeChanged(known: Entry, seen: Readonly<Sighting>): boolean {
  return known.mtimeNanos !== seen.mtimeNanos || known.mtimeSeconds !== seen.mtimeSeconds
}

function ctimeChanged(known: Entry, seen: Readonly<Sighting>): boolean {
  return known.ctimeNanos !== seen.ctimeNanos || known.ctimeSeconds !== seen.ctimeSeconds
}

/** Says whether one directory took another's place. */
export function isReplacedDirectory(known: Entry | undefined, seen: Readonly<Sighting>): boolean {
  return known?.number !== undefined && isDirectory(seen.mode) && known.ino !== seen.ino
}

/**
 * Says whether a directory may have been elsewhere for a while: its ctime alone is another, which a
 * rename does. Extended attributes do it as well, and tell more than necessary.
 */
export function mayHaveBeenAway(known: Entry | undefined, seen: Readonly<Sighting>): boolean {
  if (known === undefined || known.ino !== seen.ino || !isDirectory(known.mode)) return false
  if (!ctimeChanged(known, seen) || ownerOrModeChanged(known, seen)) return false
  return !mtimeChanged(known, seen)
}

/**
 * Says whether the ctime is older than an instant (ms) by more than a coarse clock's tick. What is racy
 * may be new although its ctime is old: the clock of a server may be late.
 */
export function isOlder(seen: Readonly<Sighting>, instant: number | undefined): boolean {
  if (instant === undefined || (seen.flags & SightingFlag.racy) !== 0) return false
  const tickMs = seen.ctimeNanos === 0 ? 2_000 : 20
  return seen.ctimeSeconds * 1_000 + seen.ctimeNanos / 1e6 < instant - tickMs
}
