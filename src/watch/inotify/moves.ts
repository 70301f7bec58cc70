import type { BytePath } from '../../model/glossary.ts'

/** A directory that left its place. */
export interface Move {
  readonly slot: number
  /** Where it was. */
  readonly parent: number
  readonly name: Buffer
  readonly from: BytePath
  /** When it left, milliseconds. */
  readonly at: number
}

/**
 * How long the other half of a move may take. The kernel queues both in one system call, microseconds
 * apart, but not as one.
 */
export const PAIRING_MS = 10

/** Pairs the two halves of a move by the kernel's cookie. */
export class Moves {
  readonly #pending = new Map<number, Move>()

  get isEmpty(): boolean {
    return this.#pending.size === 0
  }

  left(cookie: number, move: Move): void {
    this.#pending.set(cookie, move)
  }

  /** Returns the first half of a move whose second half is here. */
  arrived(cookie: number): Move | undefined {
    const move = this.#pending.get(cookie)
    if (move !== undefined) this.#pending.delete(cookie)
    return move
  }

  /** Takes out a move whose second half will not come: it led out of the tree. */
  expired(now: number): Move | undefined {
    for (const [cookie, move] of this.#pending) {
      // The oldest is first.
      if (now - move.at < PAIRING_MS) return undefined
      this.#pending.delete(cookie)
      return move
    }
    return undefined
  }
}
