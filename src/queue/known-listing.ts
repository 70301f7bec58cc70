import type BetterSqlite3 from 'better-sqlite3'

import type { Sighting } from '../model/sighting.ts'
import { STAMP_COLUMNS } from './entry-row.ts'

/** Separators of columns and rows; the name comes last, and no name has a slash. */
const COMMA = 0x2c
const SLASH = 0x2f
const MINUS = 0x2d
const ZERO = 0x30
const NOTHING = Buffer.alloc(0)

/**
 * What the catalogue has of a directory, for the question whether a listing says the same. It comes
 * from SQLite as one string, `MODE,UID,...,NAME/` an entry: to make rows of it would take three times
 * as long, and of an unchanged directory nothing else is needed.
 */
export class KnownListing {
  readonly #read: BetterSqlite3.Statement
  #text: Buffer = NOTHING
  /** Where in the text the next entry begins. */
  #next = 0
  #at = 0
  /** Entries that were the same so far. */
  compared = 0
  /** Number of the directory that was compared last; undefined: it was none. */
  number: number | undefined

  constructor(connection: BetterSqlite3.Database) {
    this.#read = connection
      .prepare(`
        SELECT CAST(group_concat(concat_ws(',', ${STAMP_COLUMNS}, ifnull(number, 0), name), '/')
          || '/' AS BLOB)
        FROM (SELECT * FROM entry WHERE directory = ? ORDER BY name)
      `)
      .pluck()
  }

  /** Begins with a directory. */
  open(directory: number): void {
    this.#begin((this.#read.get(directory) as Buffer | null) ?? NOTHING)
  }

  close(): void {
    this.#begin(NOTHING)
  }

  get isEmpty(): boolean {
    return this.#text.length === 0
  }

  /** Says whether all entries were the same. */
  get isOver(): boolean {
    return this.#next === this.#text.length
  }

  /**
   * Says whether the next entry, in the order of the bytes of the names, can be trusted and says
   * exactly what was seen; goes on to the one after it then.
   */
  agrees(seen: Readonly<Sighting>): boolean {
    if (this.isOver) return false
    this.#at = this.#next
    const isSame =
      this.#integer() === seen.mode &&
      this.#integer() === seen.uid &&
      this.#integer() === seen.gid &&
      this.#integer() === seen.ino &&
      this.#integer() === seen.size &&
      this.#integer() === seen.mtimeSeconds &&
      this.#integer() === seen.mtimeNanos &&
      this.#integer() === seen.ctimeSeconds &&
      this.#integer() === seen.ctimeNanos &&
      this.#integer() === TRUSTED
    if (!isSame) return false
    const number = this.#integer()
    if (!this.#hasName(seen.name)) return false
    this.number = number === 0 ? undefined : number
    this.compared++
    this.#next = this.#at + seen.name.length + 1
    return true
  }

  #begin(text: Buffer): void {
    this.#text = text
    this.#next = 0
    this.compared = 0
    this.number = undefined
  }

  /** Reads a number of at most 53 bits. */
  #integer(): number {
    const text = this.#text
    const isNegative = text[this.#at] === MINUS
    let at = isNegative ? this.#at + 1 : this.#at
    let value = 0
    for (let digit = text[at++]; digit !== undefined && digit !== COMMA; digit = text[at++]) {
      value = value * 10 + (digit - ZERO)
    }
    this.#at = at
    return isNegative ? -value : value
  }

  #hasName(name: Buffer): boolean {
    const text = this.#text
    const start = this.#at
    if (text[start + name.length] !== SLASH) return false
    for (let at = 0; at < name.length; at++) if (text[start + at] !== name[at]) return false
    return true
  }
}

/** Column `racy` of an entry that did not change in the tick it was looked at. */
const TRUSTED = 0
