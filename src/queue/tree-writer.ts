import { toBytes } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { IN_ISDIR, IN_MOVED_FROM, IN_MOVED_TO } from '../model/mask.ts'
import type { Sighting } from '../model/sighting.ts'
import { type Catalogue, isPlaceholder } from './catalogue.ts'
import type { Entry } from './entry.ts'
import type { EventWriter } from './event-writer.ts'
import type { Ghosts } from './ghosts.ts'

export interface TreeWriterParts {
  readonly catalogue: Catalogue
  readonly ghosts: Ghosts
}

/** Writes entries, and tells what follows for what is below a directory that came, went or moved. */
export class TreeWriter {
  readonly #parts: TreeWriterParts
  readonly #events: EventWriter

  constructor(parts: TreeWriterParts, events: EventWriter) {
    this.#parts = parts
    this.#events = events
  }

  /** A name is there; `known` is how it was. */
  put(directory: number, seen: Readonly<Sighting>, known: Entry | undefined): void {
    const { catalogue, ghosts } = this.#parts
    const number = catalogue.put(directory, seen, known)
    if (number === known?.number && !(known !== undefined && isPlaceholder(known))) return
    const path = this.#events.pathOf(seen.name)
    if (number !== undefined) ghosts.appeared(path, number, this.#events.now)
    else ghosts.left(path, known?.number, undefined, this.#events.now)
  }

  /** A name is gone, which is told; what is below it goes without being told. */
  takeAway(directory: number, name: Buffer, known: Entry, mask: number): void {
    const path = this.#events.pathOf(name)
    this.#parts.catalogue.detach({ directory, name, known })
    this.#events.gone(path, mask, known)
    this.#parts.ghosts.left(path, known.number, undefined, this.#events.now)
  }

  /** Nobody wants to know of a name any more. */
  forget(directory: number | undefined, name: Buffer, known: Entry | undefined): void {
    if (known === undefined || directory === undefined) return
    this.#parts.catalogue.remove(directory, name, known)
  }

  /** A directory moved inside the tree, perhaps onto another one. */
  move(from: BytePath, to: BytePath): void {
    const { catalogue, ghosts } = this.#parts
    const { now } = this.#events
    const [source, target] = [toBytes(from), toBytes(to)]
    const left = catalogue.at(from)
    const number = left.known?.number
    catalogue.pickUp(left)
    const replaced = catalogue.at(to)
    catalogue.detach(replaced)
    if (replaced.known !== undefined) ghosts.left(target, replaced.known.number, undefined, now)
    catalogue.putDown(to)
    this.#events.write(source, IN_MOVED_FROM | IN_ISDIR, 'ordinary')
    this.#events.write(target, IN_MOVED_TO | IN_ISDIR, 'ordinary')
    ghosts.left(source, number, to, now)
    ghosts.appeared(target, number, now)
  }
}
