import type { Clock } from '../clock.ts'
import type { DaemonEmitter } from '../events.ts'
import type { LineOutput } from './logger.ts'
import { printable } from './printable.ts'
import { progressText } from './sayings-reconcile.ts'

/** A terminal's line is not written more often than this. */
const SHORTEST_PAUSE_MS = 100

const ERASE_LINE = '\r\x1b[K'

/** A terminal, as far as a line that updates itself needs one. */
export interface Terminal {
  readonly columns: number
  write(text: string): unknown
}

/**
 * Shows how far a crawl is on the last line of a terminal, and takes it away for every line that
 * is to stay.
 */
export class ProgressLine implements LineOutput {
  readonly #terminal: Terminal
  readonly #lines: LineOutput
  readonly #clock: Clock
  #isShown = false
  #shownAt = -SHORTEST_PAUSE_MS

  /** @param lines - takes the lines that stay, on the same terminal */
  constructor(terminal: Terminal, lines: LineOutput, clock: Clock) {
    this.#terminal = terminal
    this.#lines = lines
    this.#clock = clock
  }

  listen(events: DaemonEmitter): void {
    events.on('reconcile:progress', (progress) => this.show(`... ${progressText(progress)}`))
    events.on('reconcile:finished', () => this.erase())
  }

  show(text: string): void {
    const now = this.#clock.now()
    if (now - this.#shownAt < SHORTEST_PAUSE_MS) return
    this.#shownAt = now
    this.#isShown = true
    this.#terminal.write(ERASE_LINE + printable(text).slice(0, this.#terminal.columns - 1))
  }

  erase(): void {
    if (this.#isShown) this.#terminal.write(ERASE_LINE)
    this.#isShown = false
  }

  write(line: string): void {
    this.erase()
    this.#lines.write(line)
  }
}
