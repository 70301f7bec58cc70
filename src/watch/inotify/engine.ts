import { setImmediate as nextTurn } from 'node:timers/promises'

import { ClsyncError } from '../../errors.ts'
import type { BytePath } from '../../model/glossary.ts'
import { Bell } from '../bell.ts'
import type { PathFilter, Engine, HintSink, WatchSettings } from '../contract.ts'
import { type Libc, openLibc, type Poll } from '../linux/libc.ts'
import { openRoot, type RootDirectory } from '../linux/root-directory.ts'
import { DirectoryHandles } from './directory-handles.ts'
import { DirectoryTable } from './directory-table.ts'
import { EventHandler } from './event-handler.ts'
import { EventParser } from './event-parser.ts'
import { KernelWatches } from './kernel-watches.ts'
import { type MountsBelow, openMountsBelow } from './mounts-below.ts'
import { PAIRING_MS } from './moves.ts'
import { WatchedTree } from './watched-tree.ts'

/** Directories walked between two readings of the kernel's queue: a few milliseconds. */
const STRIDE = 512
/** Readings of a full buffer before others have their turn. */
const MOST_READINGS = 16

/**
 * The engine of Linux: one inotify watch a directory, read in the event loop of its thread.
 *
 * Watches are set before directories are listed, so that nothing falls between; whatever the events
 * say, the tree is looked at before the table believes it.
 */
export class InotifyEngine implements Engine {
  readonly name = 'inotify'
  readonly #root: RootDirectory
  readonly #kernel: KernelWatches
  readonly #table = new DirectoryTable()
  readonly #handles = new DirectoryHandles(this.#table)
  readonly #tree: WatchedTree
  readonly #parser: EventParser
  readonly #handler: EventHandler
  readonly #bell = new Bell()
  readonly #poll: Poll
  readonly #openMounts: () => MountsBelow | undefined
  #mounts: MountsBelow | undefined
  #isClosed = false

  /** Throws ClsyncError `engine` where inotify cannot be used at all. */
  constructor(
    settings: WatchSettings,
    filter: PathFilter,
    sink: HintSink,
    libc: Libc = openLibc(),
  ) {
    this.#root = openRoot(libc, settings.root)
    this.#kernel = new KernelWatches(libc)
    const parts = { libc, filter, sink, table: this.#table, handles: this.#handles }
    this.#tree = new WatchedTree({ ...parts, root: this.#root, kernel: this.#kernel })
    this.#parser = new EventParser(this.#kernel.queue.events)
    this.#handler = new EventHandler({ ...parts, tree: this.#tree, event: this.#parser })
    this.#poll = this.#kernel.queue.poll(() => this.#bell.ring())
    this.#openMounts = () => openMountsBelow(libc, settings.root, () => this.#bell.ring())
  }

  async start(): Promise<{ readonly directories: number }> {
    this.#mounts = this.#openMounts()
    const isWatched = this.#tree.begin()
    this.#kernel.leave()
    this.#tree.tellLimit()
    if (!isWatched)
      throw new ClsyncError('engine', 'the watch directory cannot be watched', {
        hint: 'the warning before says why',
      })
    while (!this.#tree.isSettled && !this.#isClosed) {
      this.drain()
      await nextTurn()
    }
    this.#tree.tellLimit()
    return { directories: this.#table.watched }
  }

  cover(directory: BytePath): void {
    this.#tree.cover(directory)
    this.#kernel.leave()
  }

  doubt(): void {
    this.#tree.doubt()
  }

  rewatch(): void {
    this.#tree.rewatch()
  }

  async wait(ms: number): Promise<void> {
    if (!this.#tree.isSettled) return nextTurn()
    this.#root.rest()
    this.#poll.start()
    await this.#bell.wait(this.#handler.awaitsMoves ? Math.min(ms, PAIRING_MS) : ms)
    // Or it would ring on and on while others work.
    if (!this.#isClosed) this.#poll.stop()
  }

  wake(): void {
    this.#bell.ring()
  }

  drain(): void {
    const changed = this.#mounts?.takeChanged() ?? []
    if (changed.length > 0) this.#tree.remounted(changed)
    for (let left = MOST_READINGS, mayHaveMore = true; left > 0 && mayHaveMore; left -= 1) {
      const length = this.#kernel.queue.read()
      mayHaveMore = this.#kernel.queue.mayHaveMore(length)
      if (!mayHaveMore) this.#tree.caughtUp()
      this.#parser.begin(length)
      while (this.#parser.step()) this.#handler.handle()
    }
    this.#handler.settleMoves()
    this.#tree.step(STRIDE)
    this.#kernel.leave()
    if (this.#tree.isSettled) this.#tree.tellLimit()
  }

  flushed(): void {
    this.#handles.clear()
    // A directory on the move still hangs on its old parent, which may have been removed.
    if (!this.#handler.awaitsMoves) this.#table.release()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#bell.ring()
    this.#poll.close()
    this.#mounts?.close()
    this.#kernel.close()
    this.#root.rest()
  }
}
