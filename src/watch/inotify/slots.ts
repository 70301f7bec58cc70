/** No slot, no watch. */
export const NONE = -1

/** Fields of a slot, 32 bits each. */
export const Field = {
  /** Watch descriptor of the kernel, or NONE. */
  watch: 0,
  parent: 1,
  firstChild: 2,
  next: 3,
  previous: 4,
  /** Place of the name in the arena. */
  name: 5,
  nameHash: 6,
  /** Length of the name, epoch and flags; 0: the slot is free. */
  meta: 7,
} as const
export type Field = (typeof Field)[keyof typeof Field]

const FIELDS = 8
const FIRST_SLOTS = 64
const GROWTH = 1.5

/** A growing array of small records of numbers, with a list of the free ones. */
export class Slots {
  #cells = new Int32Array(FIRST_SLOTS * FIELDS)
  #end = 0
  #free = NONE

  /** Slots below this number have been in use. */
  get end(): number {
    return this.#end
  }

  get(slot: number, field: Field): number {
    return this.#cells[slot * FIELDS + field] ?? NONE
  }

  set(slot: number, field: Field, value: number): void {
    this.#cells[slot * FIELDS + field] = value
  }

  /** Returns a free slot; its fields hold whatever they held. */
  take(): number {
    const recycled = this.#free
    if (recycled !== NONE) {
      this.#free = this.get(recycled, Field.next)
      return recycled
    }
    if ((this.#end + 1) * FIELDS > this.#cells.length) this.#grow()
    return this.#end++
  }

  giveBack(slot: number): void {
    this.set(slot, Field.meta, 0)
    this.set(slot, Field.next, this.#free)
    this.#free = slot
  }

  #grow(): void {
    const larger = new Int32Array(Math.ceil(this.#end * GROWTH) * FIELDS)
    larger.set(this.#cells)
    this.#cells = larger
  }
}
