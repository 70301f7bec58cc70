import type { Libc } from '../linux/libc.ts'
import type { Address, NativeMemory } from '../linux/native-memory.ts'
import { LITTLE_ENDIAN } from '../linux/native-memory.ts'
import { Look } from '../linux/statx.ts'

/** `struct statfs` is shorter than this everywhere; it begins with the type. */
const STATFS_SIZE = 256

/**
 * File systems (`linux/magic.h`) whose directories have 2 + subdirectories links. Others may count
 * otherwise or not at all.
 */
const COUNTING: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x01021994, // tmpfs
])

/**
 * Tells directories without subdirectories by their number of links: they need not be listed to
 * find what else has to be watched, nor even opened, which is most of the work of a start.
 */
export class Leaves {
  /** Whether links tell something in the directory that {@link has} was asked about last. */
  areCounted = false
  readonly #libc: Libc
  readonly #look: Look
  readonly #memory: NativeMemory
  readonly #counts = new Map<number, boolean>()
  #device = NaN

  constructor(libc: Libc) {
    this.#libc = libc
    this.#look = new Look(libc)
    this.#memory = libc.allocate(STATFS_SIZE)
  }

  /** Says whether the open directory has certainly no subdirectory. */
  has(directory: number): boolean {
    this.areCounted = this.#look.itself(directory) === 0 && this.#isCounting(directory)
    return this.areCounted && this.#look.links === 2
  }

  /** The same of the directory that is at a name in the one that {@link has} was asked about last. */
  hasNamed(directory: number, name: Address): boolean {
    const isThere = this.#look.at(directory, name) === 0 && this.#look.isDirectory
    return isThere && this.#look.links === 2 && this.#look.device === this.#device
  }

  #isCounting(directory: number): boolean {
    const { device } = this.#look
    this.#device = device
    let counts = this.#counts.get(device)
    if (counts === undefined) {
      const failed = this.#libc.fstatfs(directory, this.#memory.address) !== 0
      counts = !failed && COUNTING.has(this.#memory.view.getUint32(TYPE, LITTLE_ENDIAN))
      this.#counts.set(device, counts)
    }
    return counts
  }
}

/** The type is a `long`, of which the low half tells. */
const TYPE = LITTLE_ENDIAN ? 0 : 4
