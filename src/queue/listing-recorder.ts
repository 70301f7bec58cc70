import { fromBytes } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { IN_DELETE, IN_ISDIR } from '../model/mask.ts'
import { DirectoryFlag } from '../model/packet.ts'
import { NOT_PLAIN, type Sighting, SightingFlag } from '../model/sighting.ts'
import { type Catalogue, isPlaceholder } from './catalogue.ts'
import { type Entry, hasSameStamp, mayHaveBeenAway } from './entry.ts'
import type { EventWriter } from './event-writer.ts'
import type { Findings } from './findings.ts'
import type { HeldDeletions } from './held-deletions.ts'
import type { ListedNames } from './listed-names.ts'
import type { TreeWriter } from './tree-writer.ts'

export interface ListingRecorderParts {
  readonly catalogue: Catalogue
  readonly held: HeldDeletions
  readonly listed: ListedNames
  readonly writer: EventWriter
  readonly tree: TreeWriter
  readonly findings: Findings
}

/** Records what a listing shows: the names of one directory, and what is missing among them. */
export class ListingRecorder {
  readonly #parts: ListingRecorderParts
  #flag: DirectoryFlag = DirectoryFlag.whole
  /** Number of the directory; undefined between two listings. */
  #number: number | undefined

  constructor(parts: ListingRecorderParts) {
    this.#parts = parts
  }

  /** Begins with another packet; the last one may have been rolled back in the middle. */
  start(): void {
    this.#number = undefined
  }

  /** The sightings that follow are names of this directory, until {@link end}. */
  begin(directory: BytePath, flag: DirectoryFlag): void {
    const { catalogue, listed, writer } = this.#parts
    writer.begin(directory)
    this.#flag = flag
    this.#number = catalogue.ensure(directory)
    listed.begin(this.#number, flag)
  }

  /** Says what is missing, if all names have come. Nothing happens between two listings. */
  end(): void {
    const number = this.#number
    if (number === undefined) return
    this.#parts.listed.end(this.#flag, (name, known) => this.#missing(number, name, known))
    this.#number = undefined
  }

  sighting(seen: Readonly<Sighting>): void {
    if (this.#agrees(seen)) return
    const { listed, tree, writer, findings } = this.#parts
    const number = this.#numberOfListing()
    const known = listed.take(seen)
    if ((seen.flags & SightingFlag.rejected) !== 0) return tree.forget(number, seen.name, known)
    if ((seen.flags & SightingFlag.present) === 0) return
    const seenBefore = known === undefined || isPlaceholder(known) ? undefined : known
    const mask = findings.maskOf(seenBefore, seen)
    if (known === undefined || known.racy || !hasSameStamp(known, seen)) {
      tree.put(number, seen, known)
    }
    if (mask === 0) return
    findings.differences++
    writer.seen(seen, mask, known)
    this.#tellBelow(seenBefore, seen)
  }

  /** The numbers of directories that agree are kept for their own listings. */
  #agrees(seen: Readonly<Sighting>): boolean {
    const { catalogue, listed, writer, findings } = this.#parts
    if ((seen.flags & NOT_PLAIN) !== 0 || findings.context.reconcile?.tellAll === true) return false
    if (!listed.agrees(seen)) return false
    const number = listed.agreedNumber
    if (number !== undefined) catalogue.remember(fromBytes(writer.pathOf(seen.name)), number)
    return true
  }

  /** A script may have found something else in the place of a directory, and nothing below it. */
  #tellBelow(known: Entry | undefined, seen: Readonly<Sighting>): void {
    const { writer, findings } = this.#parts
    if (findings.context.reconcile?.unwatchedRun !== true || !mayHaveBeenAway(known, seen)) return
    findings.owe(fromBytes(writer.pathOf(seen.name)), 'directory moved', true)
  }

  #missing(number: number, name: Buffer, known: Entry): void {
    const { held, tree, writer, findings } = this.#parts
    const mask = known.number === undefined ? IN_DELETE : IN_DELETE | IN_ISDIR
    findings.differences++
    if (held.hold(writer.pathOf(name), mask, findings.context.now)) return
    tree.takeAway(number, name, known, mask)
  }

  #numberOfListing(): number {
    if (this.#number === undefined) throw new Error('bug: a listing without a directory')
    return this.#number
  }
}
