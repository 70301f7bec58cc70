import { constants } from 'node:fs'

import type { BytePath } from '../../model/glossary.ts'
import type { Libc } from '../linux/libc.ts'
import type { NativeMemory } from '../linux/native-memory.ts'
import { LITTLE_ENDIAN } from '../linux/native-memory.ts'
import { Look } from '../linux/statx.ts'
import type { KernelCalls } from './kernel-calls.ts'

const { O_RDONLY, O_DIRECTORY } = constants
const O_PATH = 0o10000000
const O_CLOEXEC = 0o2000000
const AT_EMPTY_PATH = 0x1000

const PREFIX = '/proc/self/fd/'
/** readlink(2) of `/proc/self/fd` says ENAMETOOLONG for longer ones. */
const PATH_MAX = 4096

/** `struct statfs` is shorter than this everywhere. */
const STATFS_SIZE = 256
const FSID_LENGTH = 8
/** `struct file_handle`: u32 handle_bytes, i32 handle_type, the handle. */
const HANDLE_HEADER = 8
const MOST_HANDLE_BYTES = 128
const MOUNT_ID_SIZE = 4

const ENOENT = 2
const EXDEV = 18
const ENAMETOOLONG = 36
/** What the kernel appends to the path of what is open and has no name any more. */
const DELETED = ' (deleted)'

/** Where directories are that are known by their handles, and the other way round. */
export class HandlePaths {
  readonly #libc: Libc
  readonly #calls: KernelCalls
  readonly #look: Look
  readonly #link: NativeMemory
  readonly #path: NativeMemory
  readonly #handle: NativeMemory
  readonly #statfs: NativeMemory
  readonly #parent: NativeMemory
  readonly #mount: NativeMemory

  constructor(libc: Libc, calls: KernelCalls) {
    this.#libc = libc
    this.#calls = calls
    this.#look = new Look(libc)
    this.#link = libc.allocate(PREFIX.length + 16)
    this.#link.bytes.write(PREFIX)
    this.#path = libc.allocate(PATH_MAX)
    this.#handle = libc.allocate(HANDLE_HEADER + MOST_HANDLE_BYTES)
    this.#statfs = libc.allocate(STATFS_SIZE)
    this.#parent = libc.allocate(3)
    this.#parent.bytes.write('..')
    this.#mount = libc.allocate(MOUNT_ID_SIZE)
  }

  /**
   * Returns the absolute path that the directory with this key has now, seen through the mount that
   * an open directory is on, or the errno: ESTALE when it does not exist any more.
   */
  find(mount: number, key: string): BytePath | number {
    const fd = this.#openByKey(mount, key)
    if (fd < 0) return -fd
    const path = this.pathOf(fd)
    const isGone = typeof path === 'string' && path.endsWith(DELETED) && this.#isDeleted(fd)
    this.#libc.close(fd)
    return isGone ? ENOENT : path
  }

  /** Returns the path of the nearest directory above that has one which is not too long, or the errno. */
  findAbove(mount: number, key: string): BytePath | number {
    let fd = this.#openByKey(mount, key)
    if (fd < 0) return -fd
    for (;;) {
      const path = this.pathOf(fd)
      if (path !== ENAMETOOLONG) {
        this.#libc.close(fd)
        return path
      }
      const above = this.#libc.openat(fd, this.#parent.address, O_PATH | O_CLOEXEC)
      const errno = above < 0 ? this.#libc.errno() : 0
      this.#libc.close(fd)
      if (above < 0) return errno
      fd = above
    }
  }

  /**
   * Opens the directory above an open one, for listing. Returns a descriptor, or the negative errno:
   * EXDEV where the mount ends.
   */
  openAbove(fd: number): number {
    const above = this.#libc.openat(fd, this.#parent.address, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if (above < 0) return -this.#libc.errno()
    const isSameMount = this.#mountOf(above) === this.#mountOf(fd)
    if (isSameMount && this.keyOf(above) !== this.keyOf(fd)) return above
    this.#libc.close(above)
    return -EXDEV
  }

  /** Returns a descriptor or the negative errno. */
  #openByKey(mount: number, key: string): number {
    this.#handle.bytes.write(key.slice(FSID_LENGTH), 'latin1')
    const fd = this.#calls.openByHandleAt(mount, this.#handle.address, O_PATH | O_CLOEXEC)
    return fd < 0 ? -this.#libc.errno() : fd
  }

  /** Returns the absolute path of an open directory, or the errno. */
  pathOf(fd: number): BytePath | number {
    this.#link.bytes.write(`${fd}\0`, PREFIX.length)
    const { address, bytes } = this.#path
    const length = this.#calls.readlink(this.#link.address, address, bytes.length)
    return length < 0 ? this.#libc.errno() : bytes.toString('latin1', 0, length)
  }

  /** Returns the key of an open directory, or the errno. */
  keyOf(fd: number): string | number {
    const errno = this.#readHandle(fd)
    if (errno !== 0) return errno
    const { bytes, view } = this.#handle
    const length = HANDLE_HEADER + view.getUint32(0, LITTLE_ENDIAN)
    const fsid = this.fsidOf(fd)
    return typeof fsid === 'number' ? fsid : fsid + bytes.toString('latin1', 0, length)
  }

  /** Returns the identity of the file system that an open directory is on, or the errno. */
  fsidOf(fd: number): string | number {
    if (this.#libc.fstatfs(fd, this.#statfs.address) < 0) return this.#libc.errno()
    return this.#statfs.bytes.toString('latin1', FSID, FSID + FSID_LENGTH)
  }

  /** Returns what tells the mount that an open directory is on from others, or the negative errno. */
  #mountOf(fd: number): number {
    const errno = this.#readHandle(fd)
    return errno === 0 ? this.#mount.view.getInt32(0, LITTLE_ENDIAN) : -errno
  }

  /** Asks for handle and mount of an open directory. Returns 0 or the errno. */
  #readHandle(fd: number): number {
    const [handle, mount] = [this.#handle.address, this.#mount.address]
    this.#handle.view.setUint32(0, MOST_HANDLE_BYTES, LITTLE_ENDIAN)
    this.#link.bytes[PREFIX.length] = 0
    const empty = this.#link.address + PREFIX.length
    const failed = this.#calls.nameToHandleAt(fd, empty, handle, mount, AT_EMPTY_PATH) < 0
    return failed ? this.#libc.errno() : 0
  }

  #isDeleted(fd: number): boolean {
    return this.#look.itself(fd) === 0 && this.#look.links === 0
  }
}

/** Where `f_fsid` is in `struct statfs`, after numbers that are as long as the machine's words. */
const FSID = fsidOffset(process.arch)

function fsidOffset(architecture: string): number {
  if (architecture === 's390x') return 48
  return architecture === 'arm' || architecture === 'ia32' ? 28 : 56
}
