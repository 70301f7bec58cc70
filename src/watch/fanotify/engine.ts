import { Bell } from '../bell.ts'
import type { PathFilter, Engine, HintSink, WatchSettings } from '../contract.ts'
import { type Libc, openLibc, type Poll } from '../linux/libc.ts'
import { MountAlarm } from '../linux/mount-alarm.ts'
import { openRoot } from '../linux/root-directory.ts'
import { Departed } from './departed.ts'
import { Directories } from './directories.ts'
import { EventHandler } from './event-handler.ts'
import { HandlePaths } from './handle-paths.ts'
import { type KernelCalls, openKernelCalls } from './kernel-calls.ts'
import { KernelGroup } from './kernel-group.ts'
import { RecordParser } from './record-parser.ts'
import { WatchedMounts } from './watched-mounts.ts'

/** Readings of a full buffer before others have their turn. */
const MOST_READINGS = 16

/**
 * Watches whole file systems by one mark each (fanotify(7)), so that it starts at once on any tree.
 *
 * Events name directories by file handles. The kernel is asked where such a directory is when an
 * event names it, and what is outside of the tree is dropped then.
 */
export class FanotifyEngine implements Engine {
  readonly name = 'fanotify'
  readonly #group: KernelGroup
  readonly #sink: HintSink
  readonly #mounts: WatchedMounts
  readonly #directories: Directories
  readonly #parser: RecordParser
  readonly #handler: EventHandler
  readonly #libc: Libc
  readonly #bell = new Bell()
  readonly #poll: Poll
  #alarm: MountAlarm | undefined
  #isClosed = false

  /** Throws ClsyncError `engine`, naming what is missing where fanotify cannot be used at all. */
  constructor(
    settings: WatchSettings,
    filter: PathFilter,
    sink: HintSink,
    calls: KernelCalls = openKernelCalls(),
  ) {
    const libc = openLibc()
    const root = openRoot(libc, settings.root)
    this.#group = new KernelGroup(libc, calls)
    const parts = { libc, sink, filter, root, group: this.#group }
    const paths = new HandlePaths(libc, calls)
    this.#mounts = new WatchedMounts({
      ...parts,
      paths,
      needsEveryMount: settings.needsEveryMount === true,
    })
    this.#directories = new Directories({ ...parts, paths, mounts: this.#mounts })
    this.#parser = new RecordParser(this.#group.queue.events)
    this.#handler = new EventHandler({
      ...parts,
      mounts: this.#mounts,
      directories: this.#directories,
      departed: new Departed(),
      event: this.#parser,
    })
    this.#libc = libc
    this.#sink = sink
    this.#poll = this.#group.queue.poll(() => this.#bell.ring())
  }

  async start(): Promise<{ readonly directories: number }> {
    // The alarm is first: what is mounted from now on makes it ring.
    this.#alarm = new MountAlarm(this.#libc, () => this.#bell.ring())
    this.#mounts.begin()
    return { directories: this.#mounts.size }
  }

  /** Nothing to be done: the mark covers whatever comes to the file system. */
  cover(): void {}

  doubt(): void {
    this.#mounts.refresh()
    this.#directories.doubt()
  }

  rewatch(): void {
    this.doubt()
  }

  async wait(ms: number): Promise<void> {
    this.#mounts.rest()
    this.#poll.start()
    await this.#bell.wait(ms)
    // Or it would ring on and on while others work.
    if (!this.#isClosed) this.#poll.stop()
  }

  wake(): void {
    this.#bell.ring()
  }

  drain(): void {
    if (this.#alarm?.take() === true) this.#mountsChanged()
    let length
    let readings = 0
    do {
      length = this.#group.queue.read()
      this.#parser.begin(length)
      while (this.#parser.step()) this.#handler.handle()
      readings += 1
    } while (this.#group.queue.mayHaveMore(length) && readings < MOST_READINGS)
  }

  #mountsChanged(): void {
    if (this.#mounts.isRootThere()) this.doubt()
    else this.#sink.rootLost('the watch directory was unmounted, or something was mounted over it')
  }

  /** Nothing to be done: who holds a directory holds all that its path needs. */
  flushed(): void {}

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#bell.ring()
    this.#poll.close()
    this.#alarm?.close()
    this.#group.queue.close()
    this.#mounts.rest()
  }
}
