import { toBytes } from '../model/byte-path.ts'
import type { BytePath, SizeClass } from '../model/glossary.ts'
import { IN_ISDIR } from '../model/mask.ts'
import { LONGEST_NAME, LONGEST_PATH } from '../model/packet.ts'
import type { Sighting } from '../model/sighting.ts'
import { type Entry, isRegularFile } from './entry.ts'
import type { EventStore } from './event-store.ts'
import type { HeldDeletions } from './held-deletions.ts'

export interface EventWriterParts {
  readonly events: EventStore
  readonly held: HeldDeletions
  /** Regular files above this many bytes are `big`. */
  readonly bigFileThreshold: number
}

/**
 * Writes events for names of one directory after the other. Paths are put together in memory that
 * is used again, since this is done for every hint.
 */
export class EventWriter {
  readonly #parts: EventWriterParts
  readonly #path: Buffer = Buffer.allocUnsafeSlow(LONGEST_PATH + 1 + LONGEST_NAME)
  #directory: BytePath = ''
  /** Bytes of `#path` before the name. */
  #prefix = 0
  #now = 0
  #written = 0

  constructor(parts: EventWriterParts) {
    this.#parts = parts
  }

  /** Events written since {@link start}. */
  get written(): number {
    return this.#written
  }

  /** When events are seen. */
  get now(): number {
    return this.#now
  }

  /** Counts anew; events are seen `now`. */
  start(now: number): void {
    this.#now = now
    this.#written = 0
  }

  /** The names that follow are in this directory. */
  begin(directory: BytePath): void {
    this.#directory = directory
    this.#prefix = directory === '' ? 0 : this.#path.write(`${directory}/`, 0, 'latin1')
  }

  /** The path of a name in the directory; valid until the next call. */
  pathOf(name: Buffer): Buffer {
    if (name.length === 0) return toBytes(this.#directory)
    this.#path.set(name, this.#prefix)
    return this.#path.subarray(0, this.#prefix + name.length)
  }

  /** Something is new or changed; `known` is how it was. */
  seen(seen: Readonly<Sighting>, mask: number, known: Entry | undefined): void {
    const path = this.pathOf(seen.name)
    const sizeClass = this.classOf(seen)
    this.write(path, mask, sizeClass)
    const before = known === undefined ? 'ordinary' : this.classOf(known)
    if (sizeClass !== before) this.#parts.events.reclassify(path, sizeClass)
  }

  /** Something is gone; `known` is what it was. */
  gone(path: Buffer, mask: number, known: Entry): void {
    this.write(path, known.number === undefined ? mask : mask | IN_ISDIR, 'ordinary')
    if (this.classOf(known) === 'big') this.#parts.events.reclassify(path, 'ordinary')
  }

  write(path: Buffer, mask: number, sizeClass: SizeClass): void {
    this.#parts.held.clear(path)
    this.#parts.events.upsert(path, mask, sizeClass, this.#now)
    this.#written++
  }

  classOf({ mode, size }: { readonly mode: number; readonly size: number }): SizeClass {
    return isRegularFile(mode) && size > this.#parts.bigFileThreshold ? 'big' : 'ordinary'
  }
}
