import type { BytePath } from '../../model/glossary.ts'
import { IN_CREATE, IN_ISDIR } from '../../model/mask.ts'
import type { HintSink, NameFilter, PathFilter } from '../contract.ts'
import { allocateListing, DirectoryListing } from '../linux/directory-listing.ts'
import type { Libc } from '../linux/libc.ts'
import { Look } from '../linux/statx.ts'
import { NameKind } from '../tree-reader.ts'
import type { DirectoryHandles } from './directory-handles.ts'
import type { DirectoryTable } from './directory-table.ts'
import { Leaves } from './leaves.ts'
import type { KernelWatches } from './kernel-watches.ts'
import { NONE } from './slots.ts'
import type { WatchKeeper } from './watch-keeper.ts'

/** Directories that may be watched by name before others have their turn: some milliseconds. */
const MOST_NAMED = 2048

/** Above this a new subtree is compared as a whole instead of being told name by name. */
const MOST_NAMES = 10_000

/** A subtree that appeared: its names are told as they are found. */
export class Arrival {
  readonly top: number
  names = 0

  constructor(top: number) {
    this.top = top
  }

  get isTooLarge(): boolean {
    return this.names > MOST_NAMES
  }
}

/** What is walked of the tree, and to what end. */
export interface WalkParts {
  readonly libc: Libc
  readonly table: DirectoryTable
  readonly handles: DirectoryHandles
  readonly kernel: KernelWatches
  readonly filter: PathFilter
  readonly sink: HintSink
}

/**
 * Finds the directories to be watched next by listing those that were watched just now. In the walk
 * of the start nothing is told of what is there; in an arrival everything is.
 */
export class Walk {
  /** What the directory that {@link next} returned belongs to; undefined: the start. */
  arrival: Arrival | undefined
  /** Directories that were watched by name since {@link next} returned. */
  named = 0
  readonly #parts: WalkParts
  readonly #keeper: WatchKeeper
  readonly #listing: DirectoryListing
  readonly #look: Look
  readonly #leaves: Leaves
  /** Judges the names of the directory that is listed. */
  #filter: NameFilter | undefined
  /** Directories in it can be watched by name. */
  #canName = false
  /** Directories still to be watched and listed, and what they belong to. */
  readonly #slots: number[] = []
  readonly #arrivals: (Arrival | undefined)[] = []
  /** The same, of directories whose path does not lead to them now. */
  #deferred: { readonly slot: number; readonly arrival: Arrival | undefined }[] = []

  constructor(parts: WalkParts, keeper: WatchKeeper) {
    this.#parts = parts
    this.#keeper = keeper
    this.#listing = new DirectoryListing(parts.libc, allocateListing(parts.libc))
    this.#look = new Look(parts.libc)
    this.#leaves = new Leaves(parts.libc)
  }

  /** Says whether nothing waits but what was deferred. */
  get isDone(): boolean {
    return this.#slots.length === 0
  }

  /** Puts a directory off that hangs below one on the move, so that its path leads elsewhere. */
  defer(slot: number, arrival: Arrival | undefined): void {
    this.#parts.table.markUnlisted(slot)
    this.#deferred.push({ slot, arrival })
  }

  /** Takes up again what was put off. */
  resume(): void {
    if (this.#deferred.length === 0) return
    for (const { slot, arrival } of this.#deferred) this.#push(slot, arrival)
    this.#deferred = []
  }

  /** Returns the next directory to be watched and listed, or NONE. */
  next(): number {
    this.named = 0
    for (let slot = this.#slots.pop(); slot !== undefined; slot = this.#slots.pop()) {
      this.arrival = this.#arrivals.pop()
      if (this.#parts.table.isUnlisted(slot)) return slot
    }
    return NONE
  }

  /** Says whether there may be something to find in an open directory. */
  mustList(directory: number, arrival: Arrival | undefined): boolean {
    if (arrival !== undefined && !arrival.isTooLarge) return true
    return !this.#leaves.has(directory)
  }

  /** Lists the open directory that {@link mustList} was asked about. Returns 0 or the errno. */
  list(slot: number, directory: number, arrival: Arrival | undefined): number {
    const { table, filter, kernel } = this.#parts
    this.#filter = filter.within(table.path(slot))
    // What takes the place of a directory just now, only a parent that is watched tells.
    const isWatched = table.watchOf(slot) !== NONE
    const isQuiet = arrival === undefined && this.#leaves.areCounted
    this.#canName = isWatched && isQuiet && kernel.enter(directory)
    const listing = this.#listing
    listing.begin(directory)
    for (;;) {
      const filled = listing.fill()
      if (filled <= 0) return -filled
      while (listing.step()) this.#found(slot, directory, arrival)
      if (arrival?.isTooLarge === true && !this.mustList(directory, arrival)) return 0
    }
  }

  #found(slot: number, directory: number, arrival: Arrival | undefined): void {
    const isDirectory = this.#isDirectory(directory)
    if (isDirectory && this.#isWanted()) this.#enqueue(slot, directory, arrival)
    if (arrival !== undefined) this.#tell(slot, isDirectory, arrival)
  }

  #isWanted(): boolean {
    return this.#filter === undefined || this.#filter(this.#name(), true)
  }

  #isDirectory(directory: number): boolean {
    const { kind, memory, nameStart } = this.#listing
    if (kind !== NameKind.unknown) return kind === NameKind.directory
    return this.#look.at(directory, memory.address + nameStart) === 0 && this.#look.isDirectory
  }

  #name(): BytePath {
    const { memory, nameStart, nameEnd } = this.#listing
    return memory.bytes.toString('latin1', nameStart, nameEnd)
  }

  #enqueue(parent: number, directory: number, arrival: Arrival | undefined): void {
    const { table } = this.#parts
    const { memory, nameStart, nameEnd } = this.#listing
    const slot = table.ensure(parent, memory.bytes, nameStart, nameEnd)
    if (table.watchOf(slot) !== NONE) return
    // Also a leaf: if it is moved, it may be another one that was seen.
    table.markUnlisted(slot)
    if (!this.#canName || !this.#watchNamed(slot, directory)) this.#push(slot, arrival)
  }

  /** Watches a directory by its name; says whether it is a leaf, which need not be opened. */
  #watchNamed(slot: number, directory: number): boolean {
    if (this.named >= MOST_NAMED) return false
    const { table, kernel } = this.#parts
    const { memory, nameStart } = this.#listing
    const name = memory.address + nameStart
    const watch = kernel.addNamed(name)
    // Whoever opens it will say what is wrong, or that it is mounted twice.
    if (watch < 0 || table.byWatch(watch) !== NONE) return false
    this.named += 1
    this.#keeper.trust(slot)
    table.setWatch(slot, watch)
    return this.#leaves.hasNamed(directory, name)
  }

  #push(slot: number, arrival: Arrival | undefined): void {
    this.#slots.push(slot)
    this.#arrivals.push(arrival)
  }

  #tell(slot: number, isDirectory: boolean, arrival: Arrival): void {
    const { table, handles, sink } = this.#parts
    arrival.names += 1
    if (!arrival.isTooLarge) {
      sink.look(handles.of(slot), this.#name(), isDirectory ? IN_CREATE | IN_ISDIR : IN_CREATE)
    } else if (arrival.names === MOST_NAMES + 1) {
      sink.below(table.path(arrival.top), 'directory new')
    }
  }
}
