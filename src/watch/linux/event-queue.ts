import { ClsyncError, errnoName } from '../../errors.ts'
import type { Libc, Poll } from './libc.ts'
import type { NativeMemory } from './native-memory.ts'

const EAGAIN = 11

/** Some eight thousand events of inotify, half as many of fanotify. */
const QUEUE_SIZE = 1 << 18

export interface EventQueueSettings {
  /** What the kernel calls it: `inotify` or `fanotify`. */
  readonly kind: string
  /** Bytes that one event takes at most. */
  readonly largestEvent: number
}

/** The events that the kernel keeps for a descriptor, read without waiting. */
export class EventQueue {
  /** Where {@link read} puts events. */
  readonly events: NativeMemory
  readonly #libc: Libc
  readonly #fd: number
  readonly #settings: EventQueueSettings

  /** @param fd descriptor that does not block; it is closed by {@link close} */
  constructor(libc: Libc, fd: number, settings: EventQueueSettings) {
    this.#libc = libc
    this.#fd = fd
    this.#settings = settings
    this.events = libc.allocate(QUEUE_SIZE)
  }

  /**
   * Reads what fits into {@link events}; returns its length, 0: there is nothing now.
   *
   * @throws ClsyncError `engine`
   */
  read(): number {
    const length = this.#libc.read(this.#fd, this.events.address, this.events.bytes.length)
    if (length >= 0) return length
    const errno = this.#libc.errno()
    if (errno === EAGAIN) return 0
    throw new ClsyncError('engine', `cannot read from ${this.#settings.kind}: ${errnoName(errno)}`)
  }

  /** Says whether a {@link read} of this length may have left events behind. */
  mayHaveMore(length: number): boolean {
    return length > this.events.bytes.length - this.#settings.largestEvent
  }

  poll(onReadable: () => void): Poll {
    return this.#libc.poll(this.#fd, onReadable)
  }

  close(): void {
    this.#libc.close(this.#fd)
  }
}
