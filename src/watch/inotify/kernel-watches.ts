import { readFileSync } from 'node:fs'

import { ClsyncError } from '../../errors.ts'
import {
  IN_ATTRIB,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_MODIFY,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../../model/mask.ts'
import type { Libc, Poll } from '../linux/libc.ts'
import type { NativeMemory } from '../linux/native-memory.ts'
import { errnoName } from '../linux/system-error.ts'
import { LARGEST_EVENT } from './event-parser.ts'

const IN_ONLYDIR = 0x01000000
/** Without it a temporary file that was deleted while open would go on speaking. */
const IN_EXCL_UNLINK = 0x04000000
const MASK =
  IN_MODIFY |
  IN_ATTRIB |
  IN_CLOSE_WRITE |
  IN_CREATE |
  IN_DELETE |
  IN_DELETE_SELF |
  IN_MOVE_SELF |
  IN_MOVED_FROM |
  IN_MOVED_TO |
  IN_ONLYDIR |
  IN_EXCL_UNLINK

const IN_NONBLOCK = 0o4000
const IN_CLOEXEC = 0o2000000

const EAGAIN = 11
const EMFILE = 24

/** Some eight thousand events. */
const QUEUE_SIZE = 1 << 18

const PREFIX = '/proc/self/fd/'

/** The kernel's side of watching: one inotify instance. */
export class KernelWatches {
  /** Where {@link read} puts events. */
  readonly events: NativeMemory
  readonly #libc: Libc
  readonly #fd: number
  readonly #path: NativeMemory
  #pathFd = -1

  /** Throws ClsyncError `engine`. */
  constructor(libc: Libc) {
    this.#libc = libc
    this.#fd = libc.inotifyInit(IN_NONBLOCK | IN_CLOEXEC)
    if (this.#fd < 0) throw cannotInit(libc.errno())
    this.events = libc.allocate(QUEUE_SIZE)
    this.#path = libc.allocate(PREFIX.length + 16)
    this.#path.bytes.write(PREFIX)
  }

  /**
   * Watches an open directory: the one that was opened, whatever its path leads to meanwhile.
   * Returns its watch, the same one for the same directory, or the negative errno.
   */
  add(directory: number): number {
    if (directory !== this.#pathFd) {
      this.#pathFd = directory
      this.#path.bytes.write(`${directory}\0`, PREFIX.length)
    }
    const watch = this.#libc.inotifyAddWatch(this.#fd, this.#path.address, MASK)
    return watch < 0 ? -this.#libc.errno() : watch
  }

  /** Ends a watch; nothing happens if the kernel has ended it already. */
  remove(watch: number): void {
    this.#libc.inotifyRemoveWatch(this.#fd, watch)
  }

  /** Reads what fits into {@link events}; returns its length, 0: there is nothing now. */
  read(): number {
    const length = this.#libc.read(this.#fd, this.events.address, this.events.bytes.length)
    if (length >= 0) return length
    const errno = this.#libc.errno()
    if (errno === EAGAIN) return 0
    throw new ClsyncError('engine', `cannot read from inotify: ${errnoName(errno)}`)
  }

  /** Says whether a {@link read} of this length may have left events behind. */
  mayHaveMore(length: number): boolean {
    return length > this.events.bytes.length - LARGEST_EVENT
  }

  poll(onReadable: () => void): Poll {
    return this.#libc.poll(this.#fd, onReadable)
  }

  close(): void {
    this.#libc.close(this.#fd)
  }
}

function cannotInit(errno: number): ClsyncError {
  const name = errnoName(errno)
  if (errno !== EMFILE) return new ClsyncError('engine', `cannot use inotify: ${name}`)
  const limit = readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8').trim()
  return new ClsyncError(
    'engine',
    `cannot use inotify: ${name}, this user has too many instances`,
    {
      hint: `raise the limit: sysctl fs.inotify.max_user_instances=${2 * Number(limit)} (now ${limit})`,
    },
  )
}
