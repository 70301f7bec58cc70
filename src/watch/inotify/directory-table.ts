import type { BytePath } from '../../model/glossary.ts'
import { NameArena } from './name-arena.ts'
import { hashName } from './name-hash.ts'
import { SlotIndex } from './slot-index.ts'
import { Field, NONE, Slots } from './slots.ts'

/** The slot of the watch directory. */
export const ROOT = 0

/** Parts of {@link Field.meta}. */
const NAME_LENGTH = 0xfff
const EPOCH_SHIFT = 12
const EPOCH = 0xff << EPOCH_SHIFT
const USED = 1 << 20
const ATTACHED = 1 << 21
const REMOVED = 1 << 22
const UNLISTED = 1 << 23

const SLASH = 0x2f

/**
 * The watched directories: which kernel watch is which directory, and how they hang together. Kept
 * in flat arrays, some 60 bytes a directory, because trees have hundreds of thousands of them.
 *
 * A slot is *attached* (found by name), *detached* (on the move: still watched, still has its old
 * path) or *removed* (its path can still be asked for, until {@link release}). Names are given as
 * `source[start]` to `source[end]`, exclusive.
 */
export class DirectoryTable {
  readonly #slots = new Slots()
  readonly #names = new NameArena()
  readonly #byWatch = new SlotIndex((slot) => this.#slots.get(slot, Field.watch))
  readonly #byName = new SlotIndex((slot) => this.#slots.get(slot, Field.nameHash))
  #removed: number[] = []
  #size = 1
  #watched = 0

  constructor() {
    this.#take(0, 0)
    this.#slots.set(ROOT, Field.parent, NONE)
    this.#slots.set(ROOT, Field.next, NONE)
  }

  /** Directories known, watched or not. */
  get size(): number {
    return this.#size
  }

  /** Directories with a watch. */
  get watched(): number {
    return this.#watched
  }

  /** Returns the slot of a directory by its name; adds it if it is not in the table. */
  ensure(parent: number, source: Buffer, start: number, end: number): number {
    const hash = hashName(parent, source, start, end)
    const known = this.#find(hash, parent, source, start, end)
    if (known !== NONE) return known
    if (this.#names.isSparse) this.#compactNames()
    const slot = this.#take(this.#names.add(source, start, end), end - start)
    this.#hang(slot, parent, hash)
    this.#size += 1
    return slot
  }

  /** Returns the slot of a directory by its name, or NONE. */
  child(parent: number, source: Buffer, start: number, end: number): number {
    return this.#find(hashName(parent, source, start, end), parent, source, start, end)
  }

  /** Returns the slot with a kernel watch, or NONE. */
  byWatch(watch: number): number {
    const index = this.#byWatch
    for (let at = index.first(watch), slot; (slot = index.at(at)) !== NONE; at = index.after(at)) {
      if (this.watchOf(slot) === watch) return slot
    }
    return NONE
  }

  watchOf(slot: number): number {
    return this.#slots.get(slot, Field.watch)
  }

  /** Sets the kernel watch of a directory; NONE takes it away. */
  setWatch(slot: number, watch: number): void {
    if (this.watchOf(slot) !== NONE) {
      this.#byWatch.remove(slot)
      this.#watched -= 1
    }
    this.#slots.set(slot, Field.watch, watch)
    if (watch === NONE) return
    this.#byWatch.add(slot)
    this.#watched += 1
  }

  parentOf(slot: number): number {
    return this.#slots.get(slot, Field.parent)
  }

  firstChild(slot: number): number {
    return this.#slots.get(slot, Field.firstChild)
  }

  nextSibling(slot: number): number {
    return this.#slots.get(slot, Field.next)
  }

  /** Says whether `slot` is `above` or hangs below it. */
  isWithin(slot: number, above: number): boolean {
    let at = slot
    while (at !== above && at !== NONE) at = this.parentOf(at)
    return at === above
  }

  isDetached(slot: number): boolean {
    return slot !== ROOT && (this.#meta(slot) & (ATTACHED | REMOVED)) === 0
  }

  /** Says whether its path leads here: neither it nor a directory above it is on the move. */
  isInPlace(slot: number): boolean {
    let at = slot
    while (at !== ROOT && (this.#meta(at) & ATTACHED) !== 0) at = this.parentOf(at)
    return at === ROOT
  }

  isRemoved(slot: number): boolean {
    return (this.#meta(slot) & REMOVED) !== 0
  }

  /** Says whether the directory waits to be listed; recycled slots do not. */
  isUnlisted(slot: number): boolean {
    return (this.#meta(slot) & UNLISTED) !== 0
  }

  markUnlisted(slot: number): void {
    this.#setMeta(slot, UNLISTED, UNLISTED)
  }

  markListed(slot: number): void {
    this.#setMeta(slot, UNLISTED, 0)
  }

  /** When the directory was last known to be what the table says: a number that wraps at 256. */
  epochOf(slot: number): number {
    return (this.#meta(slot) & EPOCH) >>> EPOCH_SHIFT
  }

  setEpoch(slot: number, epoch: number): void {
    this.#setMeta(slot, EPOCH, epoch << EPOCH_SHIFT)
  }

  /** Takes a directory from its place, with all that hangs below, until it is attached again. */
  detach(slot: number): void {
    if ((this.#meta(slot) & ATTACHED) === 0) return
    this.#setMeta(slot, ATTACHED, 0)
    this.#byName.remove(slot)
    const slots = this.#slots
    const next = slots.get(slot, Field.next)
    const previous = slots.get(slot, Field.previous)
    if (next !== NONE) slots.set(next, Field.previous, previous)
    if (previous === NONE) slots.set(this.parentOf(slot), Field.firstChild, next)
    else slots.set(previous, Field.next, next)
  }

  /** Puts a detached directory where the table has none, and not below itself. */
  attach(slot: number, parent: number, source: Buffer, start: number, end: number): void {
    this.#names.giveBack(this.#nameLength(slot))
    this.#slots.set(slot, Field.name, this.#names.add(source, start, end))
    this.#setMeta(slot, NAME_LENGTH, end - start)
    this.#hang(slot, parent, hashName(parent, source, start, end))
  }

  /** Removes a directory and all below it. `unwatch` gets their kernel watches. */
  remove(top: number, unwatch: (watch: number) => void): void {
    if (this.isRemoved(top)) return
    this.detach(top)
    const left = [top]
    for (let slot = left.pop(); slot !== undefined; slot = left.pop()) {
      for (let child = this.firstChild(slot); child !== NONE; child = this.nextSibling(child)) {
        left.push(child)
      }
      const watch = this.watchOf(slot)
      this.#bury(slot)
      if (watch !== NONE) unwatch(watch)
    }
  }

  /** Lets go of the removed directories: nobody asks for their paths any more. */
  release(): void {
    for (const slot of this.#removed) {
      this.#names.giveBack(this.#nameLength(slot))
      this.#slots.giveBack(slot)
    }
    this.#removed = []
  }

  /** Writes the path of a directory, unless `into` is too short, and returns its length. */
  pathInto(slot: number, into: Buffer): number {
    const length = this.#pathLength(slot)
    if (length > into.length) return length
    let end = length
    for (let at = slot; at !== ROOT; at = this.parentOf(at)) {
      const name = this.#slots.get(at, Field.name)
      const start = end - this.#nameLength(at)
      this.#names.copy(name, into, start, end)
      end = start - 1
      if (end > 0) into[end] = SLASH
    }
    return length
  }

  path(slot: number): BytePath {
    const bytes = Buffer.allocUnsafe(this.#pathLength(slot))
    this.pathInto(slot, bytes)
    return bytes.toString('latin1')
  }

  name(slot: number): BytePath {
    const at = this.#slots.get(slot, Field.name)
    return this.#names.bytes.toString('latin1', at, at + this.#nameLength(slot))
  }

  #find(hash: number, parent: number, source: Buffer, start: number, end: number): number {
    const index = this.#byName
    for (let at = index.first(hash), slot; (slot = index.at(at)) !== NONE; at = index.after(at)) {
      if (this.#slots.get(slot, Field.nameHash) !== hash) continue
      if (this.parentOf(slot) === parent && this.#isNamed(slot, source, start, end)) return slot
    }
    return NONE
  }

  /** What {@link #hang} does not set. */
  #take(name: number, nameLength: number): number {
    const slots = this.#slots
    const slot = slots.take()
    slots.set(slot, Field.watch, NONE)
    slots.set(slot, Field.firstChild, NONE)
    slots.set(slot, Field.name, name)
    slots.set(slot, Field.meta, USED | nameLength)
    return slot
  }

  #hang(slot: number, parent: number, hash: number): void {
    const slots = this.#slots
    const next = this.firstChild(parent)
    slots.set(slot, Field.parent, parent)
    slots.set(slot, Field.nameHash, hash)
    slots.set(slot, Field.next, next)
    slots.set(slot, Field.previous, NONE)
    if (next !== NONE) slots.set(next, Field.previous, slot)
    slots.set(parent, Field.firstChild, slot)
    this.#setMeta(slot, ATTACHED, ATTACHED)
    this.#byName.add(slot)
  }

  /** Parent and name stay, for paths; nothing leads here any more. */
  #bury(slot: number): void {
    if ((this.#meta(slot) & ATTACHED) !== 0) this.#byName.remove(slot)
    this.setWatch(slot, NONE)
    this.#setMeta(slot, ATTACHED | UNLISTED | REMOVED, REMOVED)
    this.#removed.push(slot)
    this.#size -= 1
  }

  #pathLength(slot: number): number {
    let length = 0
    for (let at = slot; at !== ROOT; at = this.parentOf(at)) length += this.#nameLength(at) + 1
    return Math.max(0, length - 1)
  }

  #isNamed(slot: number, source: Buffer, start: number, end: number): boolean {
    const length = end - start
    if (this.#nameLength(slot) !== length) return false
    return this.#names.matches(this.#slots.get(slot, Field.name), source, start, length)
  }

  #nameLength(slot: number): number {
    return this.#meta(slot) & NAME_LENGTH
  }

  #meta(slot: number): number {
    return this.#slots.get(slot, Field.meta)
  }

  #setMeta(slot: number, bits: number, value: number): void {
    this.#slots.set(slot, Field.meta, (this.#meta(slot) & ~bits) | (value & bits))
  }

  #compactNames(): void {
    const before = this.#names.restart()
    for (let slot = 0; slot < this.#slots.end; slot++) {
      if ((this.#meta(slot) & USED) === 0) continue
      const at = this.#slots.get(slot, Field.name)
      const name = this.#names.add(before, at, at + this.#nameLength(slot))
      this.#slots.set(slot, Field.name, name)
    }
  }
}
