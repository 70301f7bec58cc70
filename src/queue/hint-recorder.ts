import { fromBytes, nameOf, parentOf, toBytes } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { IN_CREATE, IN_DELETE, IN_ISDIR, IN_MODIFY, IN_MOVED_FROM } from '../model/mask.ts'
import { NOT_PLAIN, type Sighting, SightingFlag } from '../model/sighting.ts'
import { ABOVE_ROOT, type Catalogue, isPlaceholder } from './catalogue.ts'
import type { Departures } from './departures.ts'
import { type Entry, isRegularFile, isReplacedDirectory, isUnchanged, told } from './entry.ts'
import type { EventWriter } from './event-writer.ts'
import type { Findings } from './findings.ts'
import type { HeldDeletions } from './held-deletions.ts'
import type { ListedNames } from './listed-names.ts'
import type { TreeWriter } from './tree-writer.ts'

export interface HintRecorderParts {
  readonly catalogue: Catalogue
  readonly departures: Departures
  readonly held: HeldDeletions
  readonly listed: ListedNames
  readonly writer: EventWriter
  readonly tree: TreeWriter
  readonly findings: Findings
  /** Regular files above this many bytes are `big`. */
  readonly bigFileThreshold: number
}

/** Records what hints led to: each sighting stands for itself. */
export class HintRecorder {
  readonly #parts: HintRecorderParts
  #directory: BytePath = ''
  /** Number of the directory; undefined: not asked for yet, or unknown to the catalogue. */
  #number: number | undefined

  constructor(parts: HintRecorderParts) {
    this.#parts = parts
  }

  /** The sightings that follow are in this directory. */
  begin(directory: BytePath): void {
    this.#directory = directory
    this.#number = undefined
    this.#parts.writer.begin(directory)
  }

  sighting(seen: Readonly<Sighting>): void {
    if (seen.name.length === 0) return this.#directoryItself(seen)
    this.#number ??= this.#numberFor(seen)
    this.#look(this.#number, seen)
  }

  /** A hint at the directory itself, which is a name in its parent. */
  #directoryItself(seen: Readonly<Sighting>): void {
    const path = this.#directory
    if (path === '') return this.#root(seen)
    this.begin(parentOf(path))
    this.sighting({ ...seen, name: toBytes(nameOf(path)) })
    this.begin(path)
  }

  /** Whether the watch directory is there and is the same is for the root guard to say (P6). */
  #root(seen: Readonly<Sighting>): void {
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
    const { catalogue, writer, tree, findings } = this.#parts
    if (number !== undefined && this.#isSmallFile(number, seen)) {
      return writer.write(writer.pathOf(seen.name), seen.mask & ~IN_ISDIR, 'ordinary')
    }
    const known = number === undefined ? undefined : catalogue.find(number, seen.name)
    const before = writer.written
    if ((seen.flags & SightingFlag.gone) !== 0) this.#gone(number, seen, known)
    else if ((seen.flags & SightingFlag.rejected) !== 0) tree.forget(number, seen.name, known)
    else if ((seen.flags & SightingFlag.unknown) !== 0) this.#unknown(seen)
    else if (number !== undefined) this.#present(number, seen, known)
    const { onHint } = findings.context
    onHint?.(fromBytes(writer.pathOf(seen.name)), seen.mask, writer.written > before)
  }

  /**
   * The commonest cases in one statement instead of two: a small file that is new, or was small
   * before it was written to. Says whether it was one of them.
   */
  #isSmallFile(number: number, seen: Readonly<Sighting>): boolean {
    const { catalogue, writer, listed, findings, bigFileThreshold } = this.#parts
    if ((seen.mask & (IN_CREATE | IN_MODIFY)) === 0 || (seen.flags & NOT_PLAIN) !== 0) return false
    if (!isRegularFile(seen.mode) || writer.classOf(seen) === 'big') return false
    if (findings.context.onHint !== undefined) return false
    const isWritten =
      ((seen.mask & IN_CREATE) !== 0 && catalogue.add(number, seen)) ||
      ((seen.mask & IN_MODIFY) !== 0 && catalogue.change(number, seen, bigFileThreshold))
    if (!isWritten) return false
    listed.alsoThere(number, seen.name)
    return true
  }

  #present(number: number, seen: Readonly<Sighting>, known: Entry | undefined): void {
    const { held, listed, writer, tree, findings } = this.#parts
    listed.alsoThere(number, seen.name)
    if (known !== undefined && isUnchanged(known, seen)) {
      held.clear(writer.pathOf(seen.name))
      return
    }
    const seenBefore = known === undefined || isPlaceholder(known) ? undefined : known
    const mask = this.#maskOf(seenBefore, seen)
    tree.put(number, seen, known)
    if (mask !== 0) writer.seen(seen, mask, known)
    if (isReplacedDirectory(seenBefore, seen)) {
      findings.owe(fromBytes(writer.pathOf(seen.name)), 'directory replaced', false)
    }
  }

  /** A hint without bits asks what is different, as a listing does. */
  #maskOf(known: Entry | undefined, seen: Readonly<Sighting>): number {
    return seen.mask === 0 ? this.#parts.findings.maskOf(known, seen) : told(seen.mask, known, seen)
  }

  #gone(number: number | undefined, seen: Readonly<Sighting>, known: Entry | undefined): void {
    const { departures, writer, tree, findings } = this.#parts
    const path = writer.pathOf(seen.name)
    const deleted = seen.mask | ((seen.mask & IN_MOVED_FROM) === 0 ? IN_DELETE : 0)
    if (known === undefined || number === undefined) {
      if ((seen.flags & SightingFlag.rejected) !== 0) return
      if (departures.matters(path, findings.context.now)) writer.write(path, deleted, 'ordinary')
      return
    }
    tree.takeAway(number, seen.name, known, deleted)
  }

  /** lstat could not say: the script has to look itself. */
  #unknown(seen: Readonly<Sighting>): void {
    const { writer } = this.#parts
    if (seen.mask !== 0) writer.write(writer.pathOf(seen.name), seen.mask, 'ordinary')
  }
}
