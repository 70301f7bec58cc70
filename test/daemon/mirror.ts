import { isWithin } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'

/** What a good script makes of what it is told: it knows of the source nothing else. */
export class Mirror {
  /** Every path that was told in runs that succeeded. */
  readonly toldOf = new Set<BytePath>()
  #states = new Map<BytePath, string>()

  get states(): ReadonlyMap<BytePath, string> {
    return this.#states
  }

  /** The initial sync. */
  become(states: ReadonlyMap<BytePath, string>): void {
    this.#states = new Map(states)
    this.toldOf.clear()
  }

  /** A run that succeeded: these paths, and what the script found there. */
  told(seen: ReadonlyMap<BytePath, string | undefined>): void {
    for (const [path, state] of seen) {
      this.toldOf.add(path)
      if (state === undefined || !state.startsWith('directory')) this.#removeBelow(path)
      if (state !== undefined) this.#states.set(path, state)
    }
  }

  #removeBelow(path: BytePath): void {
    for (const known of [...this.#states.keys()]) {
      if (isWithin(known, path)) this.#states.delete(known)
    }
  }
}
