import { closeSync, constants, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'

import { freeBytesAt } from './free-room.ts'

const BYTES = 1 << 20
/** It is not made again before there is so much more room than it needs. */
const SPARE_BYTES = 4 * BYTES
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants

/**
 * A file beside the database that only takes up room, to be let go of when the disk is full: also
 * deleting rows and checkpoints need room, and without them a full queue could not become empty.
 */
export class Ballast {
  readonly #path: string

  constructor(databasePath: string) {
    this.#path = `${databasePath}.ballast`
  }

  /** Gives its room free. Returns whether there was any. */
  release(): boolean {
    return existsSync(this.#path) && this.#remove()
  }

  /** Makes it if it is not there and there is room enough. Room that cannot be had is no error. */
  restore(): void {
    if (existsSync(this.#path)) return
    try {
      if (freeBytesAt(this.#path) >= BYTES + SPARE_BYTES) this.#fill()
    } catch {
      this.#remove()
    }
  }

  /** Returns whether it is gone. */
  #remove(): boolean {
    try {
      rmSync(this.#path, { force: true })
      return true
    } catch {
      return false
    }
  }

  #fill(): void {
    const file = openSync(this.#path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    try {
      const content = noise()
      for (let at = 0; at < BYTES;) at += writeSync(file, content, at)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  }
}

/** Nothing that a file system could compress or leave out. */
function noise(): Buffer {
  const numbers = new Uint32Array(BYTES / Uint32Array.BYTES_PER_ELEMENT)
  for (let at = 0; at < numbers.length; at++) numbers[at] = Math.random() * 2 ** 32
  return Buffer.from(numbers.buffer)
}
