import { constants } from 'node:fs'
import { constants as system } from 'node:os'

import { ClsyncError, describe, errnoName } from '../../errors.ts'
import { fromText } from '../../model/byte-path.ts'
import type { BytePath } from '../../model/glossary.ts'
import { LONGEST_PATH } from '../../model/packet.ts'
import { AT_FDCWD, type Libc } from './libc.ts'
import { LITTLE_ENDIAN, type NativeMemory } from './native-memory.ts'
import { systemError } from '../system-error.ts'

const O_PATH = 0o10000000
const O_CLOEXEC = 0o2000000
const FOR_LISTING = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | O_CLOEXEC
const FOR_PASSING = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW | O_CLOEXEC

/** `struct open_how` and its flags (`linux/openat2.h`). */
const OPEN_HOW_SIZE = 24
const RESOLVE_NO_SYMLINKS = 0x04
const RESOLVE_BENEATH = 0x08

/** The kernel takes paths shorter than this in one call. */
const PATH_MAX = 4096

const { ENAMETOOLONG, ENOENT, EXDEV } = system.errno
const SLASH = 0x2f
const AT_REST = -1

/**
 * The watch directory. Everything below it is opened relative to it and never through a symlink, not
 * even one that was put into the middle of the path a moment ago. It is kept open only from its use
 * to the next {@link rest}: while it is, its file system cannot be unmounted.
 */
export class RootDirectory {
  /** Where the path that {@link openComposed} opens is written. */
  readonly path: NativeMemory
  readonly #libc: Libc
  readonly #root: NativeMemory
  readonly #how: NativeMemory
  readonly #hasOpenat2: boolean
  /** Descriptor of the watch directory, or the negative errno of opening it, or {@link AT_REST}. */
  #fd = AT_REST

  /** A symlink at the root itself is followed. Throws an Error with `code`. */
  constructor(libc: Libc, root: string) {
    this.#libc = libc
    this.path = libc.allocate(LONGEST_PATH + 1)
    this.#how = libc.allocate(OPEN_HOW_SIZE)
    this.#how.view.setBigUint64(0, BigInt(FOR_LISTING), LITTLE_ENDIAN)
    this.#how.view.setBigUint64(16, BigInt(RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH), LITTLE_ENDIAN)
    this.#root = allocatePath(libc, root)
    const fd = this.#use()
    if (fd < 0) throw systemError(errnoName(-fd), 'open', fromText(root))
    this.#hasOpenat2 = this.#probe()
    this.rest()
  }

  /** Opens a directory for listing. Throws an Error with `code`. */
  open(directory: BytePath): number {
    const length = directory.length
    if (length <= LONGEST_PATH) this.path.bytes.write(directory, 0, 'latin1')
    const fd = this.openComposed(length)
    if (fd < 0) throw systemError(errnoName(-fd), 'open', directory)
    return fd
  }

  /**
   * Opens the directory whose path is the first `length` bytes of {@link path}, which it may
   * change. Returns the descriptor, or the negative errno.
   */
  openComposed(length: number): number {
    if (length > LONGEST_PATH) return -ENAMETOOLONG
    this.path.bytes[length] = 0
    if (this.#use() < 0) return this.#fd
    if (length === 0) return this.#result(this.#openat(this.#fd, this.#dot(), FOR_LISTING))
    if (this.#hasOpenat2 && length < PATH_MAX) return this.#beneath(this.#openat2())
    return this.#openStepByStep(length)
  }

  /** Lets go of the watch directory until something is opened again. */
  rest(): void {
    if (this.#fd >= 0) this.#libc.close(this.#fd)
    this.#fd = AT_REST
  }

  /** Older kernels, stricter sandboxes and longer paths than openat2 takes: one name at a time. */
  #openStepByStep(length: number): number {
    const { bytes } = this.path
    let at = this.#fd
    let start = 0
    for (;;) {
      const slash = bytes.indexOf(SLASH, start)
      const last = slash === -1 || slash >= length
      if (!last) bytes[slash] = 0
      const next = this.#result(this.#openat(at, start, last ? FOR_LISTING : FOR_PASSING))
      if (at !== this.#fd) this.#libc.close(at)
      if (last || next < 0) return next
      at = next
      start = slash + 1
    }
  }

  #openat(directory: number, nameOffset: number, flags: number): number {
    return this.#libc.openat(directory, this.path.address + nameOffset, flags)
  }

  #openat2(): number {
    return this.#libc.openat2(this.#fd, this.path.address, this.#how.address, OPEN_HOW_SIZE)
  }

  /** EXDEV: while the kernel walked the path, a directory of it was moved out of the tree. */
  #beneath(fd: number): number {
    const result = this.#result(fd)
    return result === -EXDEV ? -ENOENT : result
  }

  #result(fd: number): number {
    return fd < 0 ? -this.#libc.errno() : fd
  }

  #use(): number {
    if (this.#fd < 0) {
      const flags = O_PATH | constants.O_DIRECTORY | O_CLOEXEC
      this.#fd = this.#result(this.#libc.openat(AT_FDCWD, this.#root.address, flags))
    }
    return this.#fd
  }

  #dot(): number {
    this.path.bytes.write('.\0', 0, 'latin1')
    return 0
  }

  #probe(): boolean {
    this.#dot()
    const fd = this.#openat2()
    if (fd >= 0) this.#libc.close(fd)
    return fd >= 0
  }
}

/** Opens the watch directory for an engine. @throws ClsyncError `engine` */
export function openRoot(libc: Libc, root: string): RootDirectory {
  try {
    return new RootDirectory(libc, root)
  } catch (error) {
    throw new ClsyncError('engine', `cannot open the watch directory: ${describe(error)}`, {
      hint: 'clsync must be allowed to read and search it',
      cause: error,
    })
  }
}

function allocatePath(libc: Libc, root: string): NativeMemory {
  const path = Buffer.from(`${root}\0`)
  const memory = libc.allocate(path.length)
  path.copy(memory.bytes)
  return memory
}
