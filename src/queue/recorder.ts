import type BetterSqlite3 from 'better-sqlite3'

import { fromBytes, nameOf, parentOf, toBytes } from '../model/byte-path.ts'
import type { BytePath, ReconcileReason } from '../model/glossary.ts'
import { IN_CREATE, IN_DELETE, IN_ISDIR, IN_MODIFY, IN_MOVED_FROM } from '../model/mask.ts'
import {
  DirectoryFlag,
  type PacketVisitor,
  readPacket,
  type Sighting,
  SightingFlag,
} from '../model/packet.ts'
import { ABOVE_ROOT, type Catalogue, isPlaceholder } from './catalogue.ts'
import {
  difference,
  type Entry,
  hasSameStamp,
  isDirectory,
  isOlder,
  isRegularFile,
  isReplacedDirectory,
  isUnchanged,
  mayHaveBeenAway,
  told,
} from './entry.ts'
import type { Departures } from './departures.ts'
import type { EventStore } from './event-store.ts'
import { EventWriter } from './event-writer.ts'
import type { Ghosts } from './ghosts.ts'
import type { HeldDeletions } from './held-deletions.ts'
import { isListing, ListedNames } from './listed-names.ts'
import type { Owing } from './owed.ts'
import type { RecordContext, Recorded } from './recorded.ts'
import { TreeWriter } from './tree-writer.ts'

interface RecorderParts {
  readonly connection: BetterSqlite3.Database
  readonly events: EventStore
  readonly catalogue: Catalogue
  readonly owe: (owing: Owing, begun: BytePath | undefined) => boolean
  readonly ghosts: Ghosts
  readonly departures: Departures
  readonly held: HeldDeletions
  /** Regular files above this many bytes are `big`. */
  readonly bigFileThreshold: number
}

/** Flags of sightings that need a closer look. */
const NOT_PLAIN: number = SightingFlag.gone | SightingFlag.unknown | SightingFlag.rejected

/**
 * Turns sightings into events and entries (P4): one packet, inside one transaction, so that the
 * catalogue always says exactly what has been queued.
 */
export class Recorder implements PacketVisitor {
  readonly #parts: RecorderParts
  readonly #listed: ListedNames
  readonly #writer: EventWriter
  readonly #tree: TreeWriter
  #context: RecordContext = { now: 0, reconcile: undefined, onHint: undefined }
  #sightings = 0
  #differences = 0
  #owed: { path: BytePath; reason: ReconcileReason }[] = []
  #crawled: Recorded['crawled']
  #directory: BytePath = ''
  #flag: DirectoryFlag = DirectoryFlag.hints
  /** Number of the directory; undefined: not asked for yet, or unknown to the catalogue. */
  #number: number | undefined

  constructor(parts: RecorderParts) {
    this.#parts = parts
    this.#listed = new ListedNames(parts.connection, parts.catalogue)
    this.#writer = new EventWriter(parts)
    this.#tree = new TreeWriter(parts, this.#writer)
  }

  /** A new reconcile begins: listings of an earlier one will not be completed. */
  beginReconcile(): void {
    this.#listed.reset()
  }

  /** Records a packet; called inside a transaction, again after a rollback. */
  record(packet: Uint8Array, context: RecordContext): Recorded {
    this.#context = context
    this.#writer.start(context.now)
    this.#sightings = 0
    this.#differences = 0
    this.#owed = []
    this.#crawled = undefined
    this.#listed.resume()
    this.#begin('', DirectoryFlag.hints)
    readPacket(packet, this)
    this.#end()
    return {
      sightings: this.#sightings,
      events: this.#writer.written,
      differences: this.#differences,
      owed: this.#owed,
      crawled: this.#crawled,
    }
  }

  directory(path: BytePath, flag: DirectoryFlag): void {
    this.#end()
    this.#begin(path, flag)
  }

  sighting(seen: Readonly<Sighting>): void {
    this.#sightings++
    if (this.#flag === DirectoryFlag.hints) return this.#hinted(seen)
    this.#listedName(seen)
  }

  // A record that stands for itself ends the listing before it.

  renamed(from: BytePath, to: BytePath): void {
    this.directory('', DirectoryFlag.hints)
    if (from !== to) this.#tree.move(from, to)
    const directory = this.#parts.catalogue.numberOf(parentOf(to))
    this.#listed.alsoThere(directory, toBytes(nameOf(to)))
    this.#owe(to, 'directory moved', true)
  }

  below(path: BytePath, reason: ReconcileReason): void {
    this.directory('', DirectoryFlag.hints)
    // Meanwhile a script may have found something else in its place, and nothing below it.
    this.#owe(path, reason, reason === 'directory moved')
  }

  crawled(crawl: number, directories: number, entries: number): void {
    this.directory('', DirectoryFlag.hints)
    this.#crawled = { crawl, directories, entries }
  }

  #begin(path: BytePath, flag: DirectoryFlag): void {
    this.#directory = path
    this.#flag = flag
    this.#number = undefined
    this.#writer.begin(path)
    if (flag === DirectoryFlag.unreadable || flag === DirectoryFlag.vanished) {
      this.#listed.giveUp(this.#parts.catalogue.numberOf(path))
    }
    if (isListing(flag)) {
      this.#number = this.#parts.catalogue.ensure(path)
      this.#listed.begin(this.#number, flag)
    }
  }

  #end(): void {
    if (!isListing(this.#flag) || this.#number === undefined) return
    this.#listed.end(this.#flag, (name, known) => this.#missing(name, known))
    this.#flag = DirectoryFlag.hints
  }

  // Hints: each stands for itself.

  #hinted(seen: Readonly<Sighting>): void {
    if (seen.name.length === 0) return this.#hintedDirectory(seen)
    this.#number ??= this.#numberFor(seen)
    this.#look(this.#number, seen)
  }

  /** A hint at the directory itself, which is a name in its parent. */
  #hintedDirectory(seen: Readonly<Sighting>): void {
    const path = this.#directory
    if (path === '') return this.#hintedRoot(seen)
    this.#begin(parentOf(path), DirectoryFlag.hints)
    this.#hinted({ ...seen, name: toBytes(nameOf(path)) })
    this.#begin(path, DirectoryFlag.hints)
  }

  /** Whether the watch directory is there and is the same is for the root guard to say (P6). */
  #hintedRoot(seen: Readonly<Sighting>): void {
    if ((seen.flags & SightingFlag.present) === 0) return
    const { catalogue } = this.#parts
    const known = catalogue.find(ABOVE_ROOT, seen.name)
    if (known === undefined) catalogue.put(ABOVE_ROOT, seen, known)
    else if (known.ino === seen.ino) this.#look(ABOVE_ROOT, seen)
  }

  #numberFor(seen: Readonly<Sighting>): number | undefined {
    const { catalogue } = this.#parts
    const present = (seen.flags & SightingFlag.present) !== 0
    return present ? catalogue.ensure(this.#directory) : catalogue.numberOf(this.#directory)
  }

  #look(number: number | undefined, seen: Readonly<Sighting>): void {
    if (number !== undefined && this.#isSmallFile(number, seen)) {
      const mask = seen.mask & ~IN_ISDIR
      return this.#writer.write(this.#writer.pathOf(seen.name), mask, 'ordinary')
    }
    const known = number === undefined ? undefined : this.#parts.catalogue.find(number, seen.name)
    const before = this.#writer.written
    if ((seen.flags & SightingFlag.gone) !== 0) this.#gone(number, seen, known)
    else if ((seen.flags & SightingFlag.rejected) !== 0) this.#tree.forget(number, seen.name, known)
    else if ((seen.flags & SightingFlag.unknown) !== 0) this.#unknown(seen)
    else if (number !== undefined) this.#present(number, seen, known)
    const { onHint } = this.#context
    onHint?.(fromBytes(this.#writer.pathOf(seen.name)), seen.mask, this.#writer.written > before)
  }

  /**
   * The commonest cases in one statement instead of two: a small file that is new, or was small
   * before it was written to. Says whether it was one of them.
   */
  #isSmallFile(number: number, seen: Readonly<Sighting>): boolean {
    if ((seen.mask & (IN_CREATE | IN_MODIFY)) === 0 || (seen.flags & NOT_PLAIN) !== 0) return false
    if (!isRegularFile(seen.mode) || this.#writer.classOf(seen) === 'big') return false
    if (this.#context.onHint !== undefined) return false
    const { catalogue, bigFileThreshold } = this.#parts
    const isWritten =
      ((seen.mask & IN_CREATE) !== 0 && catalogue.add(number, seen)) ||
      ((seen.mask & IN_MODIFY) !== 0 && catalogue.change(number, seen, bigFileThreshold))
    if (!isWritten) return false
    this.#listed.alsoThere(number, seen.name)
    return true
  }

  #present(number: number, seen: Readonly<Sighting>, known: Entry | undefined): void {
    this.#listed.alsoThere(number, seen.name)
    if (known !== undefined && isUnchanged(known, seen)) {
      this.#parts.held.clear(this.#writer.pathOf(seen.name))
      return
    }
    const seenBefore = known === undefined || isPlaceholder(known) ? undefined : known
    const mask = this.#maskOfHint(seenBefore, seen)
    this.#tree.put(number, seen, known)
    if (mask !== 0) this.#writer.seen(seen, mask, known)
    if (isReplacedDirectory(seenBefore, seen)) {
      this.#owe(fromBytes(this.#writer.pathOf(seen.name)), 'directory replaced', false)
    }
  }

  /** A hint without bits asks what is different, as a listing does. */
  #maskOfHint(known: Entry | undefined, seen: Readonly<Sighting>): number {
    return seen.mask === 0 ? this.#maskOfListed(known, seen) : told(seen.mask, known, seen)
  }

  #gone(number: number | undefined, seen: Readonly<Sighting>, known: Entry | undefined): void {
    const { now } = this.#context
    const path = this.#writer.pathOf(seen.name)
    const deleted = seen.mask | ((seen.mask & IN_MOVED_FROM) === 0 ? IN_DELETE : 0)
    if (known === undefined || number === undefined) {
      if ((seen.flags & SightingFlag.rejected) !== 0) return
      if (this.#parts.departures.matters(path, now)) this.#writer.write(path, deleted, 'ordinary')
      return
    }
    this.#tree.takeAway(number, seen.name, known, deleted)
  }

  /** lstat could not say: the script has to look itself. */
  #unknown(seen: Readonly<Sighting>): void {
    if (seen.mask !== 0) this.#writer.write(this.#writer.pathOf(seen.name), seen.mask, 'ordinary')
  }

  // Listings: the names of a directory, and what is missing among them.

  #listedName(seen: Readonly<Sighting>): void {
    if (this.#agrees(seen)) return
    const number = this.#listedDirectory()
    const known = this.#listed.take(seen.name)
    if ((seen.flags & SightingFlag.rejected) !== 0)
      return this.#tree.forget(number, seen.name, known)
    if ((seen.flags & SightingFlag.present) === 0) return
    const seenBefore = known === undefined || isPlaceholder(known) ? undefined : known
    const mask = this.#maskOfListed(seenBefore, seen)
    if (known === undefined || known.racy || !hasSameStamp(known, seen)) {
      this.#tree.put(number, seen, known)
    }
    if (mask === 0) return
    this.#differences++
    this.#writer.seen(seen, mask, known)
    this.#tellBelow(seenBefore, seen)
  }

  /** A script may have found something else in the place of a directory, and nothing below it. */
  #tellBelow(known: Entry | undefined, seen: Readonly<Sighting>): void {
    if (this.#context.reconcile?.unwatchedRun !== true || !mayHaveBeenAway(known, seen)) return
    this.#owe(fromBytes(this.#writer.pathOf(seen.name)), 'directory moved', true)
  }

  #agrees(seen: Readonly<Sighting>): boolean {
    if ((seen.flags & NOT_PLAIN) !== 0 || this.#context.reconcile?.tellAll === true) return false
    const row = this.#listed.agreeing(seen)
    const number = row?.[10]
    if (typeof number === 'number') {
      this.#parts.catalogue.remember(fromBytes(this.#writer.pathOf(seen.name)), number)
    }
    return row !== undefined
  }

  #listedDirectory(): number {
    if (this.#number === undefined) throw new Error('bug: a listing without a directory')
    return this.#number
  }

  #maskOfListed(known: Entry | undefined, seen: Readonly<Sighting>): number {
    const { reconcile } = this.#context
    const mask = difference(known, seen)
    if (known === undefined && isOlder(seen, reconcile?.silentBefore)) return 0
    if (reconcile?.tellAll !== true) return mask
    return mask | (isDirectory(seen.mode) ? IN_CREATE | IN_ISDIR : IN_CREATE)
  }

  #missing(name: Buffer, known: Entry): void {
    const number = this.#listedDirectory()
    const path = this.#writer.pathOf(name)
    const mask = known.number === undefined ? IN_DELETE : IN_DELETE | IN_ISDIR
    this.#differences++
    if (this.#parts.held.hold(path, mask, this.#context.now)) return
    this.#tree.takeAway(number, name, known, mask)
  }

  #owe(path: BytePath, reason: ReconcileReason, tellAll: boolean): void {
    const { now, reconcile } = this.#context
    if (this.#parts.owe({ path, reason, tellAll, now }, reconcile?.path)) {
      this.#owed.push({ path, reason })
    }
  }
}
