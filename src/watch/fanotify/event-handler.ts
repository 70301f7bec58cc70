import { join } from '../../model/byte-path.ts'
import type { BytePath } from '../../model/glossary.ts'
import {
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_ISDIR,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_Q_OVERFLOW,
} from '../../model/mask.ts'
import type { PathFilter, HintSink } from '../contract.ts'
import type { Departed } from './departed.ts'
import type { Directories, Known } from './directories.ts'
import { FAN_RENAME } from './fan-bits.ts'
import type { Place } from './place.ts'
import type { RecordParser } from './record-parser.ts'
import { Renames } from './renames.ts'
import type { WatchedMounts } from './watched-mounts.ts'

export interface HandlerParts {
  readonly mounts: WatchedMounts
  readonly directories: Directories
  readonly departed: Departed
  /** The event to be handled. */
  readonly event: RecordParser
  readonly filter: PathFilter
  readonly sink: HintSink
}

const SELF = IN_DELETE_SELF | IN_MOVE_SELF
const MOVED = IN_MOVED_FROM | IN_MOVED_TO
/** The name of a directory's events about itself. */
const ITSELF = '.'

/** Turns events into the hints that inotify gives. */
export class EventHandler {
  readonly #parts: HandlerParts
  readonly #renames: Renames
  #isRootLost = false

  constructor(parts: HandlerParts) {
    this.#parts = parts
    this.#renames = new Renames(parts)
  }

  handle(): void {
    const { event, directories, sink } = this.#parts
    if (this.#isRootLost) return
    if ((event.mask & IN_Q_OVERFLOW) !== 0) {
      directories.doubt()
      return sink.below('', 'overflow')
    }
    // Numbers of links of files, which inotify does not tell either, come without a place.
    if (!event.place.isThere) return
    if ((event.mask & SELF) !== 0) return this.#ofItself()
    const key = event.key(event.place)
    const known = directories.of(key)
    if ((event.mask & FAN_RENAME) !== 0) return this.#renames.handle(known)
    if (known.places.length > 0) return this.#inside(known)
    if (known.isGone) return this.#gone(key)
    if ((event.mask & IN_ISDIR) !== 0) this.#outside()
  }

  #inside({ places }: Known): void {
    const { event, sink } = this.#parts
    const name = event.name(event.place)
    const mask = event.mask
    if (name === ITSELF) {
      for (const place of places) sink.look(place, '', mask)
      return
    }
    for (const place of places) sink.look(place, name, mask)
    if ((mask & IN_ISDIR) === 0) return
    if ((mask & IN_CREATE) !== 0) this.#created(places, name)
    if ((mask & IN_DELETE) !== 0) for (const place of places) this.#deleted(place, name)
    if ((mask & MOVED) !== 0) this.#movedByHalves(places, name)
  }

  /** A new directory is empty, and what comes into it is told, but for a snapshot. */
  #created(places: readonly Place[], name: BytePath): void {
    const { event, filter, sink } = this.#parts
    if (!event.child.isThere || !event.isSubvolume(event.child)) return
    for (const place of places) {
      const path = join(place.path(), name)
      if (filter.accepts(path, true)) sink.below(path, 'directory new')
    }
  }

  /** What inotify hears of the directory itself is concluded. */
  #deleted(place: Place, name: BytePath): void {
    const { event, directories, sink } = this.#parts
    sink.look(place, name, IN_DELETE_SELF | IN_ISDIR)
    if (!event.child.isThere) return
    const key = event.key(event.child)
    directories.forget(key)
    this.#tellDeparted(key, join(place.path(), name))
  }

  /** Tells what was kept of a directory that is gone, now that somebody says where it was. */
  #tellDeparted(key: string, path: BytePath): void {
    const { departed, sink } = this.#parts
    const directory = { path: () => path }
    for (const [name, { mask, child }] of departed.take(key) ?? []) {
      sink.look(directory, name, mask)
      if (child !== undefined) this.#tellDeparted(child, join(path, name))
    }
  }

  /** The deletion of the directory itself, which comes next, says where it was. */
  #gone(key: string): void {
    const { event, departed } = this.#parts
    const name = event.name(event.place)
    if (name === ITSELF) return
    const isDeleted = (event.mask & IN_ISDIR) !== 0 && (event.mask & IN_DELETE) !== 0
    const child = isDeleted && event.child.isThere ? event.key(event.child) : undefined
    const self = isDeleted ? IN_DELETE_SELF : 0
    departed.add(key, name, event.mask | self, child)
  }

  /** Outside of the tree, only what becomes of the way to the watch directory is of interest. */
  #outside(): void {
    const { event, mounts, directories, departed } = this.#parts
    if ((event.mask & MOVED) !== 0 && mounts.findRoot()) directories.doubt()
    if ((event.mask & IN_DELETE) === 0 || !event.child.isThere) return
    const key = event.key(event.child)
    if (key === mounts.rootKey) return this.#rootLost('deleted')
    departed.drop(key)
  }

  /** Kernels before 5.17 tell both halves of a move, but not that they belong together. */
  #movedByHalves(places: readonly Place[], name: BytePath): void {
    const { event, directories, mounts, filter, sink } = this.#parts
    const paths = places.map((place) => join(place.path(), name))
    directories.doubt()
    if ((event.mask & IN_MOVED_FROM) !== 0) for (const path of paths) mounts.movedFrom(path)
    else mounts.refresh()
    if ((event.mask & IN_MOVED_TO) === 0) return
    for (const path of paths) if (filter.accepts(path, true)) sink.below(path, 'directory moved')
  }

  /** Only the watch directory is asked to tell what happens to itself. */
  #ofItself(): void {
    const { event } = this.#parts
    this.#rootLost((event.mask & IN_MOVE_SELF) === 0 ? 'deleted' : 'moved')
  }

  #rootLost(what: 'moved' | 'deleted'): void {
    this.#isRootLost = true
    this.#parts.sink.rootLost(`the watch directory was ${what}`)
  }
}
