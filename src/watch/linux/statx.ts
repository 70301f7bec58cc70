import { constants } from 'node:os'

import { type Sighting, SightingFlag } from '../../model/sighting.ts'
import type { Libc } from './libc.ts'
import { type Address, LITTLE_ENDIAN, type NativeMemory } from './native-memory.ts'

/** `struct statx` (statx(2)). */
const STATX_SIZE = 256
const MASK = 0
const NLINK = 16
const UID = 20
const GID = 24
const MODE = 28
const INO = 32
const SIZE = 40
const CTIME = 96
const MTIME = 112
const DEV_MAJOR = 136
const DEV_MINOR = 140
const MNT_ID = 144
const NANOSECONDS = 8

const STATX_BASIC_STATS = 0x7ff
const STATX_MNT_ID_UNIQUE = 0x4000
const AT_SYMLINK_NOFOLLOW = 0x100
const AT_NO_AUTOMOUNT = 0x800
const AT_EMPTY_PATH = 0x1000
const FLAGS = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH

const S_IFMT = 0o170000
const S_IFDIR = 0o040000
const { ENAMETOOLONG, ENOENT, ENOTDIR } = constants.errno

/** Looks at names with statx(2), without an object a look. */
export class Look {
  readonly #libc: Libc
  readonly #memory: NativeMemory

  constructor(libc: Libc) {
    this.#libc = libc
    this.#memory = libc.allocate(STATX_SIZE + 1)
  }

  /** Looks at an open directory itself. Returns 0 or the errno. */
  itself(directory: number): number {
    return this.at(directory, this.#memory.address + STATX_SIZE)
  }

  /**
   * Looks at a NUL-terminated name in an open directory, at the directory itself if it is empty;
   * symlinks are not followed. Returns 0 or the errno.
   */
  at(directory: number, name: Address): number {
    const { statx, errno } = this.#libc
    const failed = statx(directory, name, FLAGS, STATX_BASIC_STATS, this.#memory.address) !== 0
    return failed ? errno() : 0
  }

  /** Number of the mount that an open directory is on, which no other one ever has; '' before Linux 6.8. */
  mountOf(directory: number): string {
    const { address, view } = this.#memory
    const { statx } = this.#libc
    const empty = address + STATX_SIZE
    if (statx(directory, empty, FLAGS, STATX_MNT_ID_UNIQUE, address) !== 0) return ''
    const isSaid = (view.getUint32(MASK, LITTLE_ENDIAN) & STATX_MNT_ID_UNIQUE) !== 0
    return isSaid ? view.getBigUint64(MNT_ID, LITTLE_ENDIAN).toString() : ''
  }

  get isDirectory(): boolean {
    return (this.#memory.view.getUint16(MODE, LITTLE_ENDIAN) & S_IFMT) === S_IFDIR
  }

  /** Number of links: 2 + subdirectories, where the file system counts so. */
  get links(): number {
    return this.#memory.view.getUint32(NLINK, LITTLE_ENDIAN)
  }

  /** The low 53 bits, which a number keeps exactly: inode numbers need only be likely to differ. */
  get inode(): number {
    const { view } = this.#memory
    const high = view.getUint32(INO + HIGH, LITTLE_ENDIAN) & 0x1fffff
    return high * 2 ** 32 + view.getUint32(INO + LOW, LITTLE_ENDIAN)
  }

  /** Device number, only to be compared. */
  get device(): number {
    const { view } = this.#memory
    return (
      view.getUint32(DEV_MAJOR, LITTLE_ENDIAN) * 2 ** 32 + view.getUint32(DEV_MINOR, LITTLE_ENDIAN)
    )
  }

  /** Writes what {@link at} returned and saw; name and mask stay. */
  tell(errno: number, into: Sighting): void {
    if (errno === 0) return this.#tellPresent(into)
    const gone = errno === ENOENT || errno === ENOTDIR || errno === ENAMETOOLONG
    into.flags = gone ? SightingFlag.gone : SightingFlag.unknown
  }

  #tellPresent(into: Sighting): void {
    const { view } = this.#memory
    into.flags = SightingFlag.present
    into.mode = view.getUint16(MODE, LITTLE_ENDIAN)
    into.uid = view.getUint32(UID, LITTLE_ENDIAN)
    into.gid = view.getUint32(GID, LITTLE_ENDIAN)
    into.ino = this.inode
    into.size = this.#unsigned(SIZE)
    into.mtimeSeconds = this.#signed(MTIME)
    into.mtimeNanos = view.getUint32(MTIME + NANOSECONDS, LITTLE_ENDIAN)
    into.ctimeSeconds = this.#signed(CTIME)
    into.ctimeNanos = view.getUint32(CTIME + NANOSECONDS, LITTLE_ENDIAN)
  }

  /** Above 2^53 rounded. */
  #unsigned(at: number): number {
    const { view } = this.#memory
    return (
      view.getUint32(at + HIGH, LITTLE_ENDIAN) * 2 ** 32 + view.getUint32(at + LOW, LITTLE_ENDIAN)
    )
  }

  #signed(at: number): number {
    const { view } = this.#memory
    return (
      view.getInt32(at + HIGH, LITTLE_ENDIAN) * 2 ** 32 + view.getUint32(at + LOW, LITTLE_ENDIAN)
    )
  }
}

/** Where the halves of a 64-bit number are. */
const HIGH = LITTLE_ENDIAN ? 4 : 0
const LOW = LITTLE_ENDIAN ? 0 : 4
