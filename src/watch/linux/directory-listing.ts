import { NameKind } from '../tree-reader.ts'
import type { Libc } from './libc.ts'
import { LITTLE_ENDIAN, type NativeMemory } from './native-memory.ts'

/** `struct linux_dirent64`: u64 ino, i64 off, u16 reclen, u8 type, name, NUL, padding to 8 bytes. */
const RECORD_LENGTH = 16
const TYPE = 18
const NAME = 19
const ALIGNMENT = 8

/** `d_type` values. */
const DT_UNKNOWN = 0
const DT_DIR = 4

const DOT = 0x2e

/** Several hundred names a call, and still in the processor's cache. */
const LISTING_SIZE = 1 << 15

/** Allocates memory for a {@link DirectoryListing}. */
export function allocateListing(libc: Libc): NativeMemory {
  return libc.allocate(LISTING_SIZE)
}

/**
 * Steps through the names of an open directory with getdents64(2), without an object a name. The
 * current name stays in {@link bytes}, NUL-terminated, until the listing reads on.
 */
export class DirectoryListing {
  /** The current name is `bytes[nameStart]` to `bytes[nameEnd]`, exclusive. */
  nameStart = 0
  nameEnd = 0
  kind: NameKind = NameKind.unknown
  readonly memory: NativeMemory
  readonly #libc: Libc
  #fd = -1
  #next = 0
  #length = 0

  constructor(libc: Libc, memory: NativeMemory) {
    this.#libc = libc
    this.memory = memory
  }

  /** Begins with the directory's first name. */
  begin(fd: number): void {
    this.#fd = fd
    this.#next = 0
    this.#length = 0
  }

  /** Reads on when all names in memory were stepped over. Returns 1, 0 at the end, or −errno. */
  fill(): number {
    if (this.#next < this.#length) return 1
    const { address, bytes } = this.memory
    const length = this.#libc.getdents64(this.#fd, address, bytes.length)
    if (length < 0) return -this.#libc.errno()
    this.#next = 0
    this.#length = length
    return length > 0 ? 1 : 0
  }

  /** Steps to the next name in memory, without `.` and `..`; false: {@link fill} is needed. */
  step(): boolean {
    const { view, bytes } = this.memory
    while (this.#next < this.#length) {
      const record = this.#next
      this.#next += view.getUint16(record + RECORD_LENGTH, LITTLE_ENDIAN)
      const start = record + NAME
      // The kernel leaves what follows the NUL as it was, so that only the first one counts.
      let end = Math.max(start, this.#next - ALIGNMENT)
      while (bytes[end] !== 0 && end < this.#next) end++
      if (isDots(bytes, start, end)) continue
      this.nameStart = start
      this.nameEnd = end
      this.kind = kindOf(bytes[record + TYPE] ?? DT_UNKNOWN)
      return true
    }
    return false
  }
}

function isDots(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[start] !== DOT) return false
  const length = end - start
  return length === 1 || (length === 2 && bytes[start + 1] === DOT)
}

function kindOf(type: number): NameKind {
  if (type === DT_DIR) return NameKind.directory
  return type === DT_UNKNOWN ? NameKind.unknown : NameKind.other
}
