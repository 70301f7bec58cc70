import { IN_Q_OVERFLOW } from '../../dist/model/mask.js'
import { InotifyEngine } from '../../dist/watch/inotify/engine.js'
import type { Libc } from '../../dist/watch/linux/libc.js'
import type { NativeMemory } from '../../dist/watch/linux/native-memory.js'
import type { StageEngine } from './life.js'

/** `struct inotify_event` without a name. */
const EVENT_BYTES = 16

/**
 * Returns what puts the real inotify engine on a stage: the kernel itself speaks, except that while
 * its queue is said to be full what it says is thrown away.
 */
export function stagedInotify(libc: Libc): StageEngine {
  return (settings, filter, sink) => {
    const leaky = new LeakyLibc(libc)
    const engine = new InotifyEngine(settings, filter, sink, leaky.libc)
    return {
      engine,
      happened: () => undefined,
      overflow: () => leaky.overflow(),
      recover: () => leaky.recover(),
    }
  }
}

class LeakyLibc {
  readonly libc: Libc
  readonly #real: Libc
  #events: NativeMemory | undefined
  #fd = -1
  #state: 'tight' | 'leaking' | 'telling' = 'tight'

  constructor(real: Libc) {
    this.#real = real
    this.libc = {
      ...real,
      inotifyInit: (flags) => (this.#fd = real.inotifyInit(flags)),
      // The first memory that an engine asks for after inotify_init is for events.
      allocate: (size) => this.#allocate(size),
      read: (fd, into, length) => this.#read(fd, into, length),
      poll: () => ({ start: nothing, stop: nothing, close: nothing }),
    }
  }

  /** What was said before is in the queue, so it is still heard. */
  overflow(): void {
    this.#state = 'leaking'
  }

  recover(): void {
    const events = this.#events
    if (events === undefined) throw new Error('nobody reads')
    while (this.#real.read(this.#fd, events.address, events.bytes.length) > 0);
    this.#state = 'telling'
  }

  #allocate(size: number): NativeMemory {
    const memory = this.#real.allocate(size)
    if (this.#fd !== -1) this.#events ??= memory
    return memory
  }

  #read(fd: number, into: number, length: number): number {
    const events = this.#events
    if (fd !== this.#fd || events === undefined || this.#state === 'tight') {
      return this.#real.read(fd, into, length)
    }
    if (this.#state === 'leaking') return 0
    this.#state = 'tight'
    events.view.setInt32(0, -1, true)
    events.view.setUint32(4, IN_Q_OVERFLOW, true)
    events.view.setUint32(8, 0, true)
    events.view.setUint32(12, 0, true)
    return EVENT_BYTES
  }
}

function nothing(): void {}
