import type BetterSqlite3 from 'better-sqlite3'

import { nameOf, parentOf, toBytes } from '../model/byte-path.ts'
import type { BytePath, ReconcileReason } from '../model/glossary.ts'
import { DirectoryFlag, type PacketVisitor, readPacket } from '../model/packet.ts'
import type { Sighting } from '../model/sighting.ts'
import type { Catalogue } from './catalogue.ts'
import type { Departures } from './departures.ts'
import type { EventStore } from './event-store.ts'
import { EventWriter } from './event-writer.ts'
import { Findings } from './findings.ts'
import type { Ghosts } from './ghosts.ts'
import type { HeldDeletions } from './held-deletions.ts'
import { HintRecorder } from './hint-recorder.ts'
import { isListing, ListedNames } from './listed-names.ts'
import { ListingRecorder } from './listing-recorder.ts'
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

/**
 * Turns sightings into events and entries (P4): one packet, inside one transaction, so that the
 * catalogue always says exactly what has been queued.
 */
export class Recorder implements PacketVisitor {
  readonly #catalogue: Catalogue
  readonly #findings: Findings
  readonly #listed: ListedNames
  readonly #writer: EventWriter
  readonly #tree: TreeWriter
  readonly #hints: HintRecorder
  readonly #listings: ListingRecorder
  #sightings = 0
  #crawled: Recorded['crawled']
  #isListing = false

  constructor(parts: RecorderParts) {
    this.#catalogue = parts.catalogue
    this.#findings = new Findings(parts.owe)
    this.#listed = new ListedNames(parts.connection, parts.catalogue)
    this.#writer = new EventWriter(parts)
    this.#tree = new TreeWriter(parts, this.#writer)
    const shared = {
      listed: this.#listed,
      writer: this.#writer,
      tree: this.#tree,
      findings: this.#findings,
    }
    this.#hints = new HintRecorder({ ...parts, ...shared })
    this.#listings = new ListingRecorder({ ...parts, ...shared })
  }

  /** A new reconcile begins: listings of an earlier one will not be completed. */
  beginReconcile(): void {
    this.#listed.reset()
  }

  /** Records a packet; called inside a transaction, again after a rollback. */
  record(packet: Uint8Array, context: RecordContext): Recorded {
    this.#findings.start(context)
    this.#writer.start(context.now)
    this.#sightings = 0
    this.#crawled = undefined
    this.#listed.resume()
    this.#listings.start()
    this.#begin('', DirectoryFlag.hints)
    readPacket(packet, this)
    this.#listings.end()
    return {
      sightings: this.#sightings,
      events: this.#writer.written,
      differences: this.#findings.differences,
      owed: this.#findings.owed,
      crawled: this.#crawled,
    }
  }

  directory(path: BytePath, flag: DirectoryFlag): void {
    this.#listings.end()
    this.#begin(path, flag)
  }

  sighting(seen: Readonly<Sighting>): void {
    this.#sightings++
    if (this.#isListing) this.#listings.sighting(seen)
    else this.#hints.sighting(seen)
  }

  // A record that stands for itself ends the listing before it.

  renamed(from: BytePath, to: BytePath): void {
    this.directory('', DirectoryFlag.hints)
    if (from !== to) this.#tree.move(from, to)
    const directory = this.#catalogue.numberOf(parentOf(to))
    this.#listed.alsoThere(directory, toBytes(nameOf(to)))
    this.#findings.owe(to, 'directory moved', true)
  }

  below(path: BytePath, reason: ReconcileReason): void {
    this.directory('', DirectoryFlag.hints)
    // Meanwhile a script may have found something else in its place, and nothing below it.
    this.#findings.owe(path, reason, reason === 'directory moved')
  }

  crawled(crawl: number, directories: number, entries: number): void {
    this.directory('', DirectoryFlag.hints)
    this.#crawled = { crawl, directories, entries }
  }

  #begin(path: BytePath, flag: DirectoryFlag): void {
    this.#isListing = isListing(flag)
    if (this.#isListing) return this.#listings.begin(path, flag)
    if (flag !== DirectoryFlag.hints) this.#listed.giveUp(this.#catalogue.numberOf(path))
    this.#hints.begin(path)
  }
}
