import type { NativeMemory } from '../linux/native-memory.ts'

/** Keys kept: a power of two. */
const SLOTS = 4096
/** Longer keys are read each time: fsid, header and handle of the usual file systems fit. */
const MOST_WORDS = 16

/**
 * Returns keys as strings, the same one for the same bytes as far as it remembers them. Nearly all
 * events name a directory that was just named, and reading the string costs more than all the rest.
 */
export class KeyStrings {
  readonly #bytes: Buffer
  readonly #words: Int32Array
  readonly #known = new Int32Array(SLOTS * MOST_WORDS)
  readonly #strings: string[] = Array.from({ length: SLOTS }, () => '')

  constructor(memory: NativeMemory) {
    this.#bytes = memory.bytes
    this.#words = new Int32Array(memory.view.buffer, 0, memory.view.byteLength >> 2)
  }

  /** Returns the bytes from `start` to `end`, exclusive, as a string. */
  of(start: number, end: number): string {
    const length = (end - start) >> 2
    if (((start | end) & 3) !== 0 || length > MOST_WORDS) {
      return this.#bytes.toString('latin1', start, end)
    }
    const first = start >> 2
    const slot = this.#slotOf(first, length)
    const known = this.#strings[slot] ?? ''
    if (known.length === end - start && this.#isKnown(slot, first, length)) return known
    return this.#remember(slot, start, end)
  }

  #slotOf(first: number, length: number): number {
    let hash = 0
    for (let at = first; at < first + length; at++) {
      hash = Math.imul(hash ^ (this.#words[at] ?? 0), 0x9e3779b1)
      hash ^= hash >>> 15
    }
    return hash & (SLOTS - 1)
  }

  #isKnown(slot: number, first: number, length: number): boolean {
    const base = slot * MOST_WORDS
    for (let at = 0; at < length; at++) {
      if (this.#known[base + at] !== this.#words[first + at]) return false
    }
    return true
  }

  #remember(slot: number, start: number, end: number): string {
    const string = this.#bytes.toString('latin1', start, end)
    this.#known.set(this.#words.subarray(start >> 2, end >> 2), slot * MOST_WORDS)
    this.#strings[slot] = string
    return string
  }
}
