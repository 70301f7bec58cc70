import { closeSync, openSync } from 'node:fs'

import { type Libc, openLibrary, type Poll } from './libc.ts'
import { type Address, LITTLE_ENDIAN, type NativeMemory } from './native-memory.ts'

const EPOLL_CLOEXEC = 0o2000000
const EPOLL_CTL_ADD = 1
const EPOLLPRI = 2
/** `struct epoll_event`, 12 or 16 bytes; the first four are the events. */
const EVENT_SIZE = 16

interface Epoll {
  readonly create: (flags: number) => number
  readonly control: (epoll: number, operation: number, fd: number, event: Address) => number
  readonly wait: (epoll: number, events: Address, most: number, ms: number) => number
}

/**
 * Rings when something was mounted or unmounted: `/proc/self/mountinfo` says so by POLLPRI
 * (proc_pid_mountinfo(5)). That is not readability, which is all that the event loop waits for; an
 * epoll descriptor in between makes it that.
 */
export class MountAlarm {
  readonly #libc: Libc
  readonly #calls: Epoll
  readonly #mountinfo: number
  readonly #epoll: number
  readonly #event: NativeMemory
  readonly #poll: Poll
  #hasRung = false
  #isClosed = false

  /** Throws an Error with `code` where `/proc` cannot be read. */
  constructor(libc: Libc, onRing: () => void) {
    this.#libc = libc
    this.#calls = findEpoll()
    this.#mountinfo = openSync('/proc/self/mountinfo', 'r')
    this.#epoll = this.#calls.create(EPOLL_CLOEXEC)
    this.#event = libc.allocate(EVENT_SIZE)
    this.#event.view.setUint32(0, EPOLLPRI, LITTLE_ENDIAN)
    this.#calls.control(this.#epoll, EPOLL_CTL_ADD, this.#mountinfo, this.#event.address)
    this.#poll = libc.poll(this.#epoll, () => this.#ring(onRing))
    this.#poll.start()
    // The event loop takes it up at its next turn, and what was mounted until then does not ring.
    setImmediate(() => setImmediate(() => this.#rung(onRing)))
  }

  /** Says whether it has rung since the last call. */
  take(): boolean {
    const rung = this.#hasRung
    this.#hasRung = false
    return rung
  }

  close(): void {
    this.#isClosed = true
    this.#poll.close()
    this.#libc.close(this.#epoll)
    closeSync(this.#mountinfo)
  }

  #ring(onRing: () => void): void {
    this.#calls.wait(this.#epoll, this.#event.address, 1, 0)
    this.#rung(onRing)
  }

  #rung(onRing: () => void): void {
    if (this.#isClosed) return
    this.#hasRung = true
    onRing()
  }
}

function findEpoll(): Epoll {
  const { library } = openLibrary()
  return {
    create: library.func('int epoll_create1(int)'),
    control: library.func('int epoll_ctl(int, int, int, uintptr_t)'),
    wait: library.func('int epoll_wait(int, uintptr_t, int, int)'),
  }
}
