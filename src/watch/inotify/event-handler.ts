import { join } from '../../model/byte-path.ts'
import {
  IN_ATTRIB,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_IGNORED,
  IN_ISDIR,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_Q_OVERFLOW,
  IN_UNMOUNT,
} from '../../model/mask.ts'
import type { PathFilter, HintSink } from '../contract.ts'
import type { DirectoryHandles } from './directory-handles.ts'
import { type DirectoryTable, ROOT } from './directory-table.ts'
import type { EventParser } from './event-parser.ts'
import { type Move, Moves } from './moves.ts'
import { NONE } from './slots.ts'
import type { WatchedTree } from './watched-tree.ts'

export interface HandlerParts {
  readonly table: DirectoryTable
  readonly handles: DirectoryHandles
  readonly tree: WatchedTree
  /** The event to be handled. */
  readonly event: EventParser
  readonly filter: PathFilter
  readonly sink: HintSink
}

/** What a directory hears of itself beyond what its parent hears of it. */
const SELF = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED

/** Turns events into hints, and tells the tree of the directories that come, go and move. */
export class EventHandler {
  readonly #parts: HandlerParts
  readonly #moves = new Moves()
  #isRootLost = false

  constructor(parts: HandlerParts) {
    this.#parts = parts
  }

  /** Says whether the second half of a move may still come. */
  get awaitsMoves(): boolean {
    return !this.#moves.isEmpty
  }

  handle(): void {
    const { event, table, tree, sink } = this.#parts
    if (this.#isRootLost) return
    if ((event.mask & IN_Q_OVERFLOW) !== 0) {
      tree.doubt()
      return sink.below('', 'overflow')
    }
    const slot = table.byWatch(event.watch)
    if (slot === NONE) return
    if ((event.mask & SELF) !== 0) return this.#ofItself(slot)
    if (event.nameEnd === event.nameStart) return this.#attributes(slot)
    this.#look(slot, event.mask)
    if ((event.mask & IN_ISDIR) !== 0) this.#ofDirectory(slot)
  }

  /** Ends the moves whose second half did not come: those directories are outside now. */
  settleMoves(): void {
    if (this.#moves.isEmpty) return
    const now = performance.now()
    for (let move; (move = this.#moves.expired(now)) !== undefined;) this.#parts.tree.leave(move)
  }

  #look(slot: number, mask: number): void {
    const { event, handles, sink } = this.#parts
    sink.look(handles.of(slot), event.name(), mask)
  }

  #ofDirectory(parent: number): void {
    const { event, tree } = this.#parts
    const { mask } = event
    if ((mask & IN_MOVED_FROM) !== 0) return this.#movedFrom(parent)
    if ((mask & IN_MOVED_TO) !== 0) return this.#movedTo(parent)
    if ((mask & IN_CREATE) !== 0) {
      return tree.make(parent, event.memory.bytes, event.nameStart, event.nameEnd)
    }
    if ((mask & IN_DELETE) !== 0) return this.#deleted(parent)
    if ((mask & IN_ATTRIB) !== 0) this.#retry(parent)
  }

  #movedFrom(parent: number): void {
    const { event, table } = this.#parts
    const slot = this.#child(parent)
    if (slot === NONE) return
    const name = Buffer.from(event.memory.bytes.subarray(event.nameStart, event.nameEnd))
    const from = table.path(slot)
    this.#moves.left(event.cookie, { slot, parent, name, from, at: performance.now() })
    table.detach(slot)
  }

  #movedTo(parent: number): void {
    const { event, tree, table } = this.#parts
    const move = this.#moves.arrived(event.cookie)
    if (move === undefined || table.isRemoved(move.slot)) {
      return tree.find(parent, event.memory.bytes, event.nameStart, event.nameEnd)
    }
    this.#moved(move, parent)
  }

  #moved(move: Move, parent: number): void {
    const { event, table, tree, filter, sink } = this.#parts
    const { memory, nameStart, nameEnd } = event
    const to = join(table.path(parent), event.name())
    if (!filter.accepts(to, true)) return tree.leave(move)
    if (tree.place(move, parent, memory.bytes, nameStart, nameEnd)) sink.renamed(move.from, to)
    tree.lookBack(move)
    tree.find(parent, memory.bytes, nameStart, nameEnd)
  }

  /** A watch dies with its directory, so that what it would say of itself is known here. */
  #deleted(parent: number): void {
    const slot = this.#child(parent)
    if (slot === NONE || !this.#parts.tree.vanish(slot)) return
    this.#look(parent, IN_DELETE_SELF | IN_ISDIR)
  }

  /** A directory that could not be read may be readable now. */
  #retry(parent: number): void {
    const { event, table, tree } = this.#parts
    const slot = this.#child(parent)
    if (slot === NONE || table.watchOf(slot) !== NONE) return
    tree.find(parent, event.memory.bytes, event.nameStart, event.nameEnd)
  }

  #child(parent: number): number {
    const { event, table } = this.#parts
    return table.child(parent, event.memory.bytes, event.nameStart, event.nameEnd)
  }

  #ofItself(slot: number): void {
    const { event, tree } = this.#parts
    if (slot === ROOT) return this.#rootLost()
    if ((event.mask & IN_MOVE_SELF) !== 0) return this.#lookAt(slot, IN_MOVE_SELF)
    if ((event.mask & IN_DELETE_SELF) === 0) return tree.lost(slot)
    this.#lookAt(slot, IN_DELETE_SELF)
    tree.drop(slot)
  }

  /** The parent hears of attributes too and says the name, if it is watched. */
  #attributes(slot: number): void {
    const { event, table, handles, sink } = this.#parts
    if (slot === ROOT) return sink.look(handles.of(ROOT), '', event.mask)
    if (table.watchOf(table.parentOf(slot)) === NONE) this.#lookAt(slot, event.mask)
  }

  #lookAt(slot: number, mask: number): void {
    const { table, handles, sink } = this.#parts
    sink.look(handles.of(table.parentOf(slot)), table.name(slot), mask | IN_ISDIR)
  }

  #rootLost(): void {
    const { event, sink } = this.#parts
    this.#isRootLost = true
    sink.rootLost(`the watch directory ${whatHappened(event.mask)}`)
  }
}

function whatHappened(mask: number): string {
  if ((mask & IN_MOVE_SELF) !== 0) return 'was moved'
  if ((mask & IN_UNMOUNT) !== 0) return 'was unmounted'
  return 'was deleted'
}
