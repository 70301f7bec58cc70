import { parentOf } from './byte-path.ts'
import { type BytePath, RECONCILE_REASONS, type ReconcileReason } from './glossary.ts'
import { bound, emptySighting, type Sighting } from './sighting.ts'

/**
 * What the watch thread tells the main thread: sightings grouped by directory, and what could not be
 * said as sightings, in one buffer and in order. Packed, because a million names as objects would
 * cost more than finding them. Layout, little-endian:
 *
 * ```text
 * DIRECTORY  u8 tag, u8 flags, u16 length, path
 * SIGHTING   u8 tag, u8 flags, u16 length, u32 mask, u32 mode, u32 uid, u32 gid,
 *            u32 mtime ns, u32 ctime ns, f64 ino, f64 size, f64 mtime s, f64 ctime s, name
 * RENAMED    u8 tag, u8 0, u16 length, u16 length, from, to
 * BELOW      u8 tag, u8 reason, u16 length, path
 * CRAWLED    u8 tag, u8 0, u32 crawl, u32 directories, u32 entries
 * ```
 */
const DIRECTORY = 1
const SIGHTING = 2
const RENAMED = 3
const BELOW = 4
const CRAWLED = 5
const SIGHTING_HEADER = 60

/** Bytes of a directory's path; lengths have 16 bits. */
export const LONGEST_PATH = 65_535
/** Bytes; the kernel takes no longer ones (`PATH_MAX`), how long one may be its file system says. */
export const LONGEST_NAME = 4_095

/** The directory that the sightings which follow are in. */
export const DirectoryFlag = {
  /** The sightings that follow come from hints, each stands for itself. */
  hints: 0,
  /** They are all names of the directory: what the catalogue has besides is gone. */
  whole: 1,
  /** They are more of the names of a directory too large for one listing: say nothing of others. */
  part: 2,
  /** The last part of such a directory, which began with `firstPart`. */
  lastPart: 3,
  /** The directory could not be read: what is below it is unknown, not deleted. */
  unreadable: 4,
  /** The directory went away before it could be listed; its parent's sighting decides. */
  vanished: 5,
  /** The first part of a directory too large for one listing. */
  firstPart: 6,
} as const
export type DirectoryFlag = (typeof DirectoryFlag)[keyof typeof DirectoryFlag]

/** More packets are not under way. */
const MOST_SPARE = 2

/** Fills packets. One writer is used for many: {@link take} hands out what was written. */
export class PacketWriter {
  #bytes: Buffer<ArrayBuffer>
  #length = 0
  readonly #spare: Buffer<ArrayBuffer>[] = []
  readonly #initialSize: number

  constructor(initialSize: number = 1 << 16) {
    this.#initialSize = initialSize
    this.#bytes = Buffer.allocUnsafeSlow(initialSize)
  }

  /** Bytes written since the last {@link take}. */
  get length(): number {
    return this.#length
  }

  /** Begins a directory; returns its place for {@link reflag}. */
  directory(path: BytePath, flag: DirectoryFlag): number {
    const at = this.#grow(4 + path.length)
    this.#bytes[at] = DIRECTORY
    this.#bytes[at + 1] = flag
    this.#bytes.writeUInt16LE(path.length, at + 2)
    this.#bytes.write(path, at + 4, 'latin1')
    return at
  }

  /** Says better what a directory of the packet being written turned out to be. */
  reflag(directory: number, flag: DirectoryFlag): void {
    this.#bytes[directory + 1] = flag
  }

  /** Adds a name of the last directory. `sighting.name` may be any bytes. */
  sighting(sighting: Readonly<Sighting>): void {
    const { name } = sighting
    const at = this.#grow(SIGHTING_HEADER + name.length)
    const bytes = this.#bytes
    bytes[at] = SIGHTING
    bytes[at + 1] = sighting.flags
    bytes.writeUInt16LE(name.length, at + 2)
    bytes.writeUInt32LE(sighting.mask >>> 0, at + 4)
    bytes.writeUInt32LE(sighting.mode, at + 8)
    bytes.writeUInt32LE(sighting.uid, at + 12)
    bytes.writeUInt32LE(sighting.gid, at + 16)
    bytes.writeUInt32LE(sighting.mtimeNanos, at + 20)
    bytes.writeUInt32LE(sighting.ctimeNanos, at + 24)
    bytes.writeDoubleLE(sighting.ino, at + 28)
    bytes.writeDoubleLE(sighting.size, at + 36)
    bytes.writeDoubleLE(sighting.mtimeSeconds, at + 44)
    bytes.writeDoubleLE(sighting.ctimeSeconds, at + 52)
    bytes.set(name, at + SIGHTING_HEADER)
  }

  /** A directory moved inside the tree; both paths as of this moment. */
  renamed(from: BytePath, to: BytePath): void {
    if (Math.max(from.length, to.length) > LONGEST_PATH) {
      this.below(from, 'directory moved')
      return this.below(to, 'directory moved')
    }
    const at = this.#grow(6 + from.length + to.length)
    this.#bytes[at] = RENAMED
    this.#bytes[at + 1] = 0
    this.#bytes.writeUInt16LE(from.length, at + 2)
    this.#bytes.writeUInt16LE(to.length, at + 4)
    this.#bytes.write(from, at + 6, 'latin1')
    this.#bytes.write(to, at + 6 + from.length, 'latin1')
  }

  /** Everything at and below the path has to be looked at. */
  below(top: BytePath, reason: ReconcileReason): void {
    let path = top
    while (path.length > LONGEST_PATH) path = parentOf(path)
    const at = this.#grow(4 + path.length)
    this.#bytes[at] = BELOW
    this.#bytes[at + 1] = RECONCILE_REASONS.indexOf(reason)
    this.#bytes.writeUInt16LE(path.length, at + 2)
    this.#bytes.write(path, at + 4, 'latin1')
  }

  /** The crawl with this number is complete: everything it saw was written before. */
  crawled(crawl: number, directories: number, entries: number): void {
    const at = this.#grow(14)
    this.#bytes[at] = CRAWLED
    this.#bytes[at + 1] = 0
    this.#bytes.writeUInt32LE(crawl, at + 2)
    this.#bytes.writeUInt32LE(directories, at + 6)
    this.#bytes.writeUInt32LE(entries, at + 10)
  }

  /** Gives away what was written, in memory of its own that can be transferred, and starts anew. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#bytes.buffer, 0, this.#length)
    this.#bytes = this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#initialSize)
    this.#length = 0
    return bytes
  }

  /**
   * Takes memory back that {@link take} gave away, so that packets make no garbage: V8 sees too late
   * how much memory is behind it. What has become too large is let go.
   */
  recycle(bytes: Uint8Array<ArrayBuffer>): void {
    const { buffer, length } = bytes
    if (buffer.byteLength > 4 * Math.max(length, this.#initialSize)) return
    if (this.#spare.length < MOST_SPARE) this.#spare.push(Buffer.from(buffer))
  }

  #grow(by: number): number {
    const at = this.#length
    const needed = at + by
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length))
      this.#bytes.copy(larger, 0, 0, at)
      this.#bytes = larger
    }
    this.#length = needed
    return at
  }
}

/** Receives a packet's records in order. */
export interface PacketVisitor {
  directory(path: BytePath, flag: DirectoryFlag): void
  /** A name in the last directory; the object is reused for the next one. */
  sighting(sighting: Readonly<Sighting>): void
  renamed(from: BytePath, to: BytePath): void
  below(path: BytePath, reason: ReconcileReason): void
  crawled(crawl: number, directories: number, entries: number): void
}

/** Calls the visitor for each record of the packet. */
export function readPacket(packet: Uint8Array, visitor: PacketVisitor): void {
  const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength)
  const sighting = emptySighting()
  let at = 0
  while (at < bytes.length) {
    switch (bytes[at]) {
      case DIRECTORY: {
        const end = at + 4 + bytes.readUInt16LE(at + 2)
        visitor.directory(bytes.toString('latin1', at + 4, end), bytes[at + 1] as DirectoryFlag)
        at = end
        break
      }
      case SIGHTING:
        at = readSighting(bytes, at, sighting)
        visitor.sighting(sighting)
        break
      case RENAMED: {
        const middle = at + 6 + bytes.readUInt16LE(at + 2)
        const end = middle + bytes.readUInt16LE(at + 4)
        visitor.renamed(
          bytes.toString('latin1', at + 6, middle),
          bytes.toString('latin1', middle, end),
        )
        at = end
        break
      }
      case BELOW: {
        const end = at + 4 + bytes.readUInt16LE(at + 2)
        visitor.below(
          bytes.toString('latin1', at + 4, end),
          RECONCILE_REASONS[bytes[at + 1] ?? 0] ?? 'overflow',
        )
        at = end
        break
      }
      case CRAWLED:
        visitor.crawled(
          bytes.readUInt32LE(at + 2),
          bytes.readUInt32LE(at + 6),
          bytes.readUInt32LE(at + 10),
        )
        at += 14
        break
      default:
        throw new Error(`bug: packet record ${bytes[at]} at ${at} of ${bytes.length}`)
    }
  }
}

function readSighting(bytes: Buffer, at: number, into: Sighting): number {
  const end = at + SIGHTING_HEADER + bytes.readUInt16LE(at + 2)
  into.flags = bytes[at + 1] ?? 0
  into.mask = bytes.readUInt32LE(at + 4)
  into.mode = bytes.readUInt32LE(at + 8)
  into.uid = bytes.readUInt32LE(at + 12)
  into.gid = bytes.readUInt32LE(at + 16)
  into.mtimeNanos = bytes.readUInt32LE(at + 20)
  into.ctimeNanos = bytes.readUInt32LE(at + 24)
  into.ino = bytes.readDoubleLE(at + 28)
  into.size = bytes.readDoubleLE(at + 36)
  into.mtimeSeconds = bytes.readDoubleLE(at + 44)
  into.ctimeSeconds = bytes.readDoubleLE(at + 52)
  into.name = bytes.subarray(at + SIGHTING_HEADER, end)
  bound(into)
  return end
}
