import { OutputLines } from './output-lines.ts'
import type { OutputListener } from './script-process.ts'
import { Tail } from './tail.ts'

/** What a script writes: passed on line by line, its end kept. Memory does not grow with it. */
export class ScriptOutput implements OutputListener {
  readonly #tail = new Tail()
  readonly #outLines: OutputLines
  readonly #errorLines: OutputLines

  constructor(onLine: (line: string) => void) {
    this.#outLines = new OutputLines(onLine)
    this.#errorLines = new OutputLines(onLine)
  }

  stdout(chunk: Buffer): void {
    this.#tail.push(chunk)
    this.#outLines.push(chunk)
  }

  stderr(chunk: Buffer): void {
    this.#tail.push(chunk)
    this.#errorLines.push(chunk)
  }

  /** Passes on unfinished lines; returns the end of stdout and stderr as they came. */
  end(): string {
    this.#outLines.end()
    this.#errorLines.end()
    return this.#tail.text()
  }
}
