const FIRST_CAPACITY = 1 << 12
const GROWTH = 1.5

/** Keeps the bytes of many short names one after the other. Who owns a name keeps its place. */
export class NameArena {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY)
  #end = 0
  #wasted = 0

  get bytes(): Buffer {
    return this.#bytes
  }

  /** Says that more than half of the memory is of names that were given back. */
  get isSparse(): boolean {
    return this.#end > FIRST_CAPACITY && this.#wasted * 2 > this.#end
  }

  /** Copies a name into the arena and returns its place. */
  add(source: Buffer, start: number, end: number): number {
    const at = this.#end
    const length = end - start
    this.#reserve(at + length)
    // Most names are short: a loop is faster than a call.
    const bytes = this.#bytes
    for (let from = start, to = at; from < end; from++, to++) bytes[to] = source[from] ?? 0
    this.#end = at + length
    return at
  }

  /** Says that a name of this length is not needed any more. */
  giveBack(length: number): void {
    this.#wasted += length
  }

  /** Copies the name at a place to `into[start]` to `into[end]`. */
  copy(at: number, into: Buffer, start: number, end: number): void {
    const bytes = this.#bytes
    for (let index = start, from = at; index < end; index++, from++) into[index] = bytes[from] ?? 0
  }

  matches(at: number, source: Buffer, start: number, length: number): boolean {
    const bytes = this.#bytes
    for (let index = 0; index < length; index++) {
      if (bytes[at + index] !== source[start + index]) return false
    }
    return true
  }

  /** Begins anew; the owner adds what it still has from the bytes returned. */
  restart(): Buffer {
    const before = this.#bytes
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, this.#end - this.#wasted))
    this.#end = 0
    this.#wasted = 0
    return before
  }

  #reserve(needed: number): void {
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.ceil(Math.max(needed, this.#bytes.length * GROWTH)))
    this.#bytes.copy(larger, 0, 0, this.#end)
    this.#bytes = larger
  }
}
