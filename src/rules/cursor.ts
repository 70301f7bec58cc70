import { ClsyncError } from '../errors.ts'

/** Where a line of the rules file stands. */
export interface Place {
  /** As the user named it. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
}

/** Reads one line character by character, and says where it was when something is wrong. */
export class Cursor {
  readonly #place: Place
  readonly #chars: readonly string[]
  #at = 0

  constructor(line: string, place: Place) {
    this.#place = place
    this.#chars = Array.from(line)
  }

  /** How many characters were read. */
  get at(): number {
    return this.#at
  }

  /** The next character, or the one `ahead` of it; undefined past the end. */
  peek(ahead: number = 0): string | undefined {
    return this.#chars[this.#at + ahead]
  }

  /** Reads one character. */
  next(): string | undefined {
    return this.#chars[this.#at++]
  }

  /** Reads `text` if it stands here. */
  skip(text: string): boolean {
    if (!this.#startsWith(text)) return false
    this.#at += text.length
    return true
  }

  /** Reads up to `end` and past it; undefined, and nothing read, if it does not come. */
  until(end: string): string | undefined {
    const from = this.#at
    while (this.#at < this.#chars.length) {
      const before = this.#at
      if (this.skip(end)) return this.#chars.slice(from, before).join('')
      this.#at++
    }
    this.#at = from
    return undefined
  }

  /** Throws the error `file:line:column: expected …, found …`; columns count characters from 1. */
  fail(expected: string, hint?: string, at: number = this.#at): never {
    const { file, line } = this.#place
    const message = `${file}:${line}:${at + 1}: expected ${expected}, found ${this.#found(at)}`
    throw new ClsyncError('usage', message, { hint })
  }

  #found(at: number): string {
    const char = this.#chars[at]
    if (char === undefined) return 'the end of the line'
    if (char === ' ') return 'a blank'
    if (char < ' ' || char === '\x7f') return `the control character ${char.codePointAt(0)}`
    return `'${this.#chars.slice(at, char === '\\' ? at + 2 : at + 1).join('')}'`
  }

  #startsWith(text: string): boolean {
    for (let index = 0; index < text.length; index++) {
      if (this.#chars[this.#at + index] !== text[index]) return false
    }
    return true
  }
}
