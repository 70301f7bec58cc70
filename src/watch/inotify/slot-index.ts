const NONE = -1
const FIRST_CAPACITY = 64

/**
 * Finds slots by hash: open addressing over slot numbers, four bytes a bucket. The owner keeps the
 * keys and compares them:
 *
 * ```ts
 * for (let at = index.first(hash); (slot = index.at(at)) !== -1; at = index.after(at)) …
 * ```
 */
export class SlotIndex {
  readonly #hashOf: (slot: number) => number
  #buckets = new Int32Array(FIRST_CAPACITY).fill(NONE)
  #size = 0

  /** @param hashOf hash of a slot's key, unchanged while the slot is in the index */
  constructor(hashOf: (slot: number) => number) {
    this.#hashOf = hashOf
  }

  /** The bucket where slots with this hash begin. */
  first(hash: number): number {
    return hash & this.#last
  }

  after(bucket: number): number {
    return (bucket + 1) & this.#last
  }

  /** The slot in a bucket; -1: none, and none with the hash looked for comes after. */
  at(bucket: number): number {
    return this.#buckets[bucket] ?? NONE
  }

  add(slot: number): void {
    // Above two thirds the rows of full buckets grow long.
    if ((this.#size + 1) * 3 > this.#buckets.length * 2) this.#resize(this.#buckets.length * 2)
    this.#place(slot)
    this.#size += 1
  }

  /** Takes a slot out, which must be in the index. */
  remove(slot: number): void {
    let hole = this.first(this.#hashOf(slot))
    while (this.at(hole) !== slot) hole = this.after(hole)
    this.#closeHole(hole)
    this.#size -= 1
    if (this.#buckets.length > FIRST_CAPACITY && this.#size * 8 < this.#buckets.length) {
      this.#resize(this.#buckets.length / 2)
    }
  }

  get #last(): number {
    return this.#buckets.length - 1
  }

  #place(slot: number): void {
    let bucket = this.first(this.#hashOf(slot))
    while (this.at(bucket) !== NONE) bucket = this.after(bucket)
    this.#buckets[bucket] = slot
  }

  /** Moves later slots of the row back, as far as their hash allows, so that none is cut off. */
  #closeHole(emptied: number): void {
    let hole = emptied
    for (let next = this.after(hole); this.at(next) !== NONE; next = this.after(next)) {
      const slot = this.at(next)
      const home = this.first(this.#hashOf(slot))
      if (((next - home) & this.#last) < ((next - hole) & this.#last)) continue
      this.#buckets[hole] = slot
      hole = next
    }
    this.#buckets[hole] = NONE
  }

  #resize(capacity: number): void {
    const before = this.#buckets
    this.#buckets = new Int32Array(capacity).fill(NONE)
    for (const slot of before) if (slot !== NONE) this.#place(slot)
  }
}
