import { StringDecoder } from 'node:string_decoder'

/** Characters after which a line without end is passed on in pieces. */
export const LONGEST_LINE: number = 16 * 1024

/**
 * Cuts one output stream of a script into lines as they come. Control characters stay, bytes that
 * are not UTF-8 become U+FFFD; a line of more than {@link LONGEST_LINE} characters comes in pieces, so that
 * a progress bar of carriage returns cannot fill the memory.
 */
export class OutputLines {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onLine: (line: string) => void
  #rest = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  push(chunk: Buffer): void {
    this.#take(this.#decoder.write(chunk))
  }

  /** Passes on what came after the last newline. */
  end(): void {
    this.#take(this.#decoder.end())
    if (this.#rest !== '') this.#onLine(this.#rest)
    this.#rest = ''
  }

  #take(text: string): void {
    let from = 0
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
      this.#pass(this.#rest + text.slice(from, at))
      this.#rest = ''
      from = at + 1
    }
    this.#rest = this.#passPieces(this.#rest + text.slice(from))
  }

  #pass(line: string): void {
    this.#onLine(this.#passPieces(line))
  }

  /** Passes on whole pieces of a line that is too long; returns its end. */
  #passPieces(line: string): string {
    let from = 0
    while (line.length - from > LONGEST_LINE) {
      const end = pieceEnd(line, from + LONGEST_LINE)
      this.#onLine(line.slice(from, end))
      from = end
    }
    return from === 0 ? line : line.slice(from)
  }
}

/** Never between the two halves of a surrogate pair. */
function pieceEnd(line: string, end: number): number {
  const last = line.charCodeAt(end - 1)
  return last >= 0xd800 && last <= 0xdbff ? end - 1 : end
}
