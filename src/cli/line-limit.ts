import type { Clock } from '../clock.ts'
import { LIMIT_WINDOW_MS } from './saying-of.ts'

interface Window {
  written: number
  leftOut: number
}

/**
 * Limits how many lines one kind of event may write in a while: a million unreadable directories
 * are one line's worth of news after the first hundred.
 */
export class LineLimit {
  readonly #clock: Clock
  readonly #tell: (event: string, leftOut: number) => void
  readonly #windows = new Map<string, Window>()
  readonly #timers = new Set<() => void>()

  /** @param tell - learns how many lines of an event were left out, when its window ends */
  constructor(clock: Clock, tell: (event: string, leftOut: number) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  /** Says whether one more line of the event may be written. */
  admits(event: string, mostLines: number): boolean {
    const window = this.#windows.get(event) ?? this.#open(event)
    if (window.written < mostLines) {
      window.written += 1
      return true
    }
    window.leftOut += 1
    return false
  }

  /** Ends all windows. */
  close(): void {
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
    for (const event of [...this.#windows.keys()]) this.#end(event)
  }

  #open(event: string): Window {
    const window = { written: 0, leftOut: 0 }
    this.#windows.set(event, window)
    const cancel = this.#clock.after(LIMIT_WINDOW_MS, () => {
      this.#timers.delete(cancel)
      this.#end(event)
    })
    this.#timers.add(cancel)
    return window
  }

  #end(event: string): void {
    const leftOut = this.#windows.get(event)?.leftOut ?? 0
    this.#windows.delete(event)
    if (leftOut > 0) this.#tell(event, leftOut)
  }
}
