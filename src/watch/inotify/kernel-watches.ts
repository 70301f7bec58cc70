import { readFileSync } from 'node:fs'

import { ClsyncError, errnoName } from '../../errors.ts'
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
import { EventQueue } from '../linux/event-queue.ts'
import type { Libc } from '../linux/libc.ts'
import type { Address, NativeMemory } from '../linux/native-memory.ts'
import { WorkingDirectory } from '../linux/working-directory.ts'
import { LARGEST_EVENT } from './event-parser.ts'

const IN_ONLYDIR = 0x01000000
const IN_DONT_FOLLOW = 0x02000000
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

const EMFILE = 24

const PREFIX = '/proc/self/fd/'

/** The kernel's side of watching: one inotify instance. */
export class KernelWatches {
  readonly queue: EventQueue
  readonly #libc: Libc
  readonly #fd: number
  readonly #path: NativeMemory
  readonly #workingDirectory: WorkingDirectory | undefined
  #pathFd = -1

  /** Throws ClsyncError `engine`. */
  constructor(libc: Libc) {
    this.#libc = libc
    this.#fd = libc.inotifyInit(IN_NONBLOCK | IN_CLOEXEC)
    if (this.#fd < 0) throw cannotInit(libc.errno())
    this.queue = new EventQueue(libc, this.#fd, { kind: 'inotify', largestEvent: LARGEST_EVENT })
    this.#path = libc.allocate(PREFIX.length + 16)
    this.#path.bytes.write(PREFIX)
    this.#workingDirectory = WorkingDirectory.ofThread(libc)
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
    return this.#add(this.#path.address, MASK)
  }

  /**
   * Makes an open directory the one that {@link addNamed} looks in; says whether it is. The thread's
   * working directory until {@link leave}.
   */
  enter(directory: number): boolean {
    return this.#workingDirectory?.enter(directory) === true
  }

  /** Not after each directory: to come back may ask a file system that answers late. */
  leave(): void {
    this.#workingDirectory?.leave()
  }

  /**
   * Watches what is at a name, if that is a directory. Takes a third of what it takes to open it
   * first, but nobody knows which one it was.
   */
  addNamed(name: Address): number {
    return this.#add(name, MASK | IN_DONT_FOLLOW)
  }

  /** Ends a watch; nothing happens if the kernel has ended it already. */
  remove(watch: number): void {
    this.#libc.inotifyRemoveWatch(this.#fd, watch)
  }

  close(): void {
    this.queue.close()
    this.#workingDirectory?.close()
  }

  #add(path: Address, mask: number): number {
    const watch = this.#libc.inotifyAddWatch(this.#fd, path, mask)
    return watch < 0 ? -this.#libc.errno() : watch
  }
}

function cannotInit(errno: number): ClsyncError {
  const name = errnoName(errno)
  if (errno !== EMFILE) {
    return new ClsyncError('engine', `cannot use inotify: ${name}`, { hint: 'use --chokidar' })
  }
  const limit = readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8').trim()
  return new ClsyncError(
    'engine',
    `cannot use inotify: ${name}, this user has too many instances`,
    {
      hint: `raise the limit: sysctl fs.inotify.max_user_instances=${2 * Number(limit)} (now ${limit})`,
    },
  )
}
