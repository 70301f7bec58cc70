import { toBytes } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { ctimeClockOf } from './ctime-clock.ts'
import type { CtimeClock } from './ctime-clock.ts'

/** Another file system may be mounted meanwhile. */
const KNOWN_FOR_MS = 5_000
const MOST_KNOWN = 1_000

/** Whose clock the directories below the watch directory use, remembered for a moment. */
export class KnownClocks {
  readonly #root: string
  readonly #clocks = new Map<BytePath, CtimeClock>()
  #since = 0

  constructor(root: string) {
    this.#root = root
  }

  of(directory: BytePath): CtimeClock {
    const now = performance.now()
    if (now - this.#since > KNOWN_FOR_MS || this.#clocks.size >= MOST_KNOWN) {
      this.#clocks.clear()
      this.#since = now
    }
    let clock = this.#clocks.get(directory)
    if (clock === undefined) {
      clock = ctimeClockOf(Buffer.concat([Buffer.from(`${this.#root}/`), toBytes(directory)]))
      this.#clocks.set(directory, clock)
    }
    return clock
  }
}
