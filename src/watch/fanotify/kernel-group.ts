import {
  IN_ATTRIB,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../../model/mask.ts'
import { EventQueue } from '../linux/event-queue.ts'
import type { Libc } from '../linux/libc.ts'
import {
  FAN_CLOEXEC,
  FAN_MARK_ADD,
  FAN_MARK_FILESYSTEM,
  FAN_MARK_ONLYDIR,
  FAN_NONBLOCK,
  FAN_RENAME,
  FAN_REPORT_DIR_FID,
  FAN_REPORT_FID,
  FAN_REPORT_NAME,
  FAN_REPORT_TARGET_FID,
  FAN_UNLIMITED_MARKS,
  FAN_UNLIMITED_QUEUE,
} from './fan-bits.ts'
import type { KernelCalls } from './kernel-calls.ts'
import { cannotInit } from './needs.ts'
import { LARGEST_EVENT } from './record-parser.ts'

const NAMES = FAN_REPORT_DIR_FID | FAN_REPORT_NAME
const FLAGS = FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS | NAMES
/** What Linux 5.17 added. */
const TARGETS = FAN_REPORT_FID | FAN_REPORT_TARGET_FID

const CHANGES = IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_ISDIR
const SELF = IN_DELETE_SELF | IN_MOVE_SELF | IN_ISDIR
const MOVES = IN_MOVED_FROM | IN_MOVED_TO

const EINVAL = 22

/** The kernel's side of watching: one fanotify group. */
export class KernelGroup {
  readonly queue: EventQueue
  readonly #libc: Libc
  readonly #calls: KernelCalls
  readonly #fd: number
  #moves = FAN_RENAME

  /** Throws ClsyncError `engine`. */
  constructor(libc: Libc, calls: KernelCalls) {
    this.#libc = libc
    this.#calls = calls
    this.#fd = this.#init()
    this.queue = new EventQueue(libc, this.#fd, { kind: 'fanotify', largestEvent: LARGEST_EVENT })
  }

  /** Marks the whole file system that an open directory is on. Returns 0 or the errno. */
  markFileSystem(directory: number): number {
    const errno = this.#mark(FAN_MARK_FILESYSTEM, CHANGES | this.#moves, directory)
    if (errno !== EINVAL || this.#moves !== FAN_RENAME) return errno
    this.#moves = MOVES
    return this.#mark(FAN_MARK_FILESYSTEM, CHANGES | this.#moves, directory)
  }

  /** Lets an open directory tell when it is moved or deleted itself. Returns 0 or the errno. */
  markSelf(directory: number): number {
    return this.#mark(FAN_MARK_ONLYDIR, SELF, directory)
  }

  #init(): number {
    const newest = this.#calls.fanotifyInit(FLAGS | TARGETS, 0)
    if (newest >= 0) return newest
    const errno = this.#libc.errno()
    const older = errno === EINVAL ? this.#calls.fanotifyInit(FLAGS, 0) : -1
    if (older < 0) throw cannotInit(errno === EINVAL ? this.#libc.errno() : errno)
    return older
  }

  #mark(flags: number, mask: number, directory: number): number {
    const failed = this.#calls.fanotifyMark(this.#fd, FAN_MARK_ADD | flags, mask, directory, 0) < 0
    return failed ? this.#libc.errno() : 0
  }
}
