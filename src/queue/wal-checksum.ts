/** Order of the bytes in a number. */
export type ByteOrder = 'LE' | 'BE'

/** The running checksum of a write-ahead log (https://sqlite.org/walformat.html, 4.2). */
export class WalChecksum {
  readonly #order: ByteOrder
  #first = 0
  #second = 0

  /** @param order of the numbers that are summed up */
  constructor(order: ByteOrder) {
    this.#order = order
  }

  /** Goes on over these bytes, a multiple of 8. */
  add(bytes: Buffer): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const isLittle = this.#order === 'LE'
    let [first, second] = [this.#first, this.#second]
    for (let at = 0; at < bytes.length; at += 8) {
      first = (first + view.getUint32(at, isLittle) + second) >>> 0
      second = (second + view.getUint32(at + 4, isLittle) + first) >>> 0
    }
    this.#first = first
    this.#second = second
  }

  /** Says whether it is what is written there, two numbers in this order. */
  isWrittenAt(bytes: Buffer, offset: number, order: ByteOrder): boolean {
    const read = (at: number): number =>
      order === 'LE' ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
    return read(offset) === this.#first && read(offset + 4) === this.#second
  }
}
