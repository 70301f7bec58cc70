import { join } from '../../model/byte-path.ts'
import { IN_ISDIR, IN_MOVE_SELF, IN_MOVED_FROM, IN_MOVED_TO } from '../../model/mask.ts'
import type { Known } from './directories.ts'
import type { HandlerParts } from './event-handler.ts'
import type { Place } from './place.ts'
import type { HandleRecord } from './record-parser.ts'

/** Turns FAN_RENAME, one event that has both places, into the hints of both halves. */
export class Renames {
  readonly #parts: HandlerParts

  constructor(parts: HandlerParts) {
    this.#parts = parts
  }

  /** The event is a rename; `old` is the directory that the name was in. */
  handle(old: Known): void {
    const { event, directories } = this.#parts
    const now = directories.of(event.key(event.newPlace))
    const isDirectory = (event.mask & IN_ISDIR) !== 0
    if (isDirectory) return this.#directory(old, now)
    this.#half(old, event.place, IN_MOVED_FROM)
    this.#half(now, event.newPlace, IN_MOVED_TO)
  }

  /** What a directory that is watched tells itself of its move is concluded. */
  #directory(old: Known, now: Known): void {
    const { event, directories, mounts } = this.#parts
    const cameFromTree = old.places.length > 0
    const staysInTree = now.places.length > 0
    this.#half(old, event.place, IN_MOVED_FROM | IN_ISDIR | (staysInTree ? 0 : IN_MOVE_SELF))
    this.#half(now, event.newPlace, IN_MOVED_TO | IN_ISDIR | (cameFromTree ? IN_MOVE_SELF : 0))
    for (const place of now.places) this.#arrived(place, old)
    const mayHaveMoved = cameFromTree || staysInTree || old.isGone || now.isGone
    if (mayHaveMoved || mounts.findRoot()) directories.doubt()
    // What is mounted below has come along, and no alarm rings.
    if (old.places.length === 0 && mayHaveMoved) mounts.refresh()
    for (const place of old.places) mounts.movedFrom(join(place.path(), event.name(event.place)))
  }

  /** All that is below has come along, without a word of its own. */
  #arrived(place: Place, old: Known): void {
    const { event, filter, sink } = this.#parts
    const to = join(place.path(), event.name(event.newPlace))
    if (!filter.accepts(to, true)) return
    const before = old.places.find(({ mount }) => mount.at === place.mount.at)
    const from = before && join(before.path(), event.name(event.place))
    if (from !== undefined && filter.accepts(from, true)) sink.renamed(from, to)
    else sink.below(to, 'directory moved')
  }

  #half(known: Known, record: HandleRecord, mask: number): void {
    const { event, departed, sink } = this.#parts
    const name = event.name(record)
    if (known.isGone) return departed.add(event.key(record), name, mask, undefined)
    for (const place of known.places) sink.look(place, name, mask)
  }
}
