import { IN_CREATE, IN_DELETE, IN_MODIFY } from '../../model/mask.ts'
import { IN_ATTRIB, IN_CLOSE_WRITE } from '../../model/mask.ts'
import { LITTLE_ENDIAN, type NativeMemory } from '../linux/native-memory.ts'

/** `struct inotify_event`: i32 wd, u32 mask, u32 cookie, u32 len, name with NULs up to len. */
const MASK = 4
const COOKIE = 8
const LENGTH = 12
const NAME = 16

/** The header and a name as long as the kernel takes one; most file systems end at 255 bytes. */
export const LARGEST_EVENT: number = NAME + 4_096

/** Bits that say nothing but "look again", whatever comes between them. */
const PLAIN = IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE

/**
 * Steps through the events of one read(2) of an inotify descriptor, without an object an event.
 * Events about the same name that follow each other, as create, write and close do, become one with
 * their masks OR'd; those of directories and moves stay single, since their order matters.
 */
export class EventParser {
  watch = 0
  /** OR of `linux/inotify.h` bits, as a positive number. */
  mask = 0
  cookie = 0
  /** The name is `memory.bytes[nameStart]` to `[nameEnd]`, exclusive; empty for the directory itself. */
  nameStart = 0
  nameEnd = 0
  readonly memory: NativeMemory
  #next = 0
  #length = 0

  constructor(memory: NativeMemory) {
    this.memory = memory
  }

  /** Begins with the first event of the `length` bytes that were read. */
  begin(length: number): void {
    this.#next = 0
    this.#length = length
  }

  /** Steps to the next event; false: there are no more. */
  step(): boolean {
    if (this.#next >= this.#length) return false
    const { view } = this.memory
    const at = this.#next
    this.watch = view.getInt32(at, LITTLE_ENDIAN)
    this.mask = view.getUint32(at + MASK, LITTLE_ENDIAN)
    this.cookie = view.getUint32(at + COOKIE, LITTLE_ENDIAN)
    this.nameStart = at + NAME
    this.#next = this.nameStart + view.getUint32(at + LENGTH, LITTLE_ENDIAN)
    this.nameEnd = this.#endOfName()
    if (isPlain(this.mask) && this.nameEnd > this.nameStart) this.#gather(at)
    return true
  }

  name(): string {
    return this.memory.bytes.toString('latin1', this.nameStart, this.nameEnd)
  }

  /** The name is filled up with NULs. */
  #endOfName(): number {
    const { bytes } = this.memory
    let end = this.#next
    while (end > this.nameStart && bytes[end - 1] === 0) end--
    return end
  }

  #gather(at: number): void {
    const { view } = this.memory
    while (this.#next < this.#length) {
      const mask = view.getUint32(this.#next + MASK, LITTLE_ENDIAN)
      if (!isPlain(mask) || !this.#isSameName(at, this.#next)) return
      this.mask |= mask
      this.#next += NAME + view.getUint32(this.#next + LENGTH, LITTLE_ENDIAN)
    }
  }

  #isSameName(one: number, other: number): boolean {
    const { view } = this.memory
    if (view.getInt32(one, LITTLE_ENDIAN) !== view.getInt32(other, LITTLE_ENDIAN)) return false
    const length = view.getUint32(one + LENGTH, LITTLE_ENDIAN)
    if (view.getUint32(other + LENGTH, LITTLE_ENDIAN) !== length) return false
    for (let at = NAME; at < NAME + length; at += 4) {
      if (view.getInt32(one + at, LITTLE_ENDIAN) !== view.getInt32(other + at, LITTLE_ENDIAN)) {
        return false
      }
    }
    return true
  }
}

function isPlain(mask: number): boolean {
  return (mask & ~PLAIN) === 0
}
