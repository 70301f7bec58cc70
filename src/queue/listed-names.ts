import type BetterSqlite3 from 'better-sqlite3'

import { fromBytes, toBytes } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { DirectoryFlag } from '../model/packet.ts'
import type { Sighting } from '../model/sighting.ts'
import type { Catalogue } from './catalogue.ts'
import { nameIn, type NamedColumns, toEntry } from './entry-row.ts'
import { type Entry, isDirectory } from './entry.ts'
import { KnownListing } from './known-listing.ts'

/** Entries found missing are handed out in pages of this many names. */
const PAGE = 1_000

/**
 * Finds out which entries of a directory a listing did not name. An ordinary directory is compared
 * in memory: side by side as long as nothing differs, then by name. One too large for that comes in
 * parts, whose names are noted in a temporary table, so that two million names in one directory cost
 * disk and not memory. The table is rolled back with the transaction, so whatever lasts longer than a
 * packet is kept there alone.
 */
export class ListedNames {
  readonly #catalogue: Catalogue
  readonly #note: BetterSqlite3.Statement
  readonly #unnamed: BetterSqlite3.Statement
  readonly #clear: BetterSqlite3.Statement
  readonly #unfinished: BetterSqlite3.Statement
  #number = 0
  /** What the catalogue has of a directory that is listed whole. */
  readonly #known: KnownListing
  #isWhole = false
  /** The rest by name, from the first name on that did not agree. */
  #left: Map<BytePath, NamedColumns> | undefined
  /** The directory of which some parts have come, but not the last. */
  #inParts: number | undefined

  constructor(connection: BetterSqlite3.Database, catalogue: Catalogue) {
    this.#catalogue = catalogue
    this.#known = new KnownListing(connection)
    connection.exec(`
      CREATE TEMP TABLE listed (directory INTEGER, name TEXT, PRIMARY KEY (directory, name))
        WITHOUT ROWID`)
    this.#note = connection.prepare('INSERT OR IGNORE INTO temp.listed VALUES (?, CAST(? AS TEXT))')
    this.#clear = connection.prepare('DELETE FROM temp.listed')
    this.#unfinished = connection.prepare('SELECT directory FROM temp.listed LIMIT 1').pluck()
    this.#unnamed = connection
      .prepare(`
        SELECT CAST(name AS BLOB) FROM entry
        WHERE directory = @number AND name > CAST(@after AS TEXT) AND NOT EXISTS (
          SELECT 1 FROM temp.listed WHERE directory = @number AND name = entry.name)
        ORDER BY name LIMIT ${PAGE}
      `)
      .pluck()
  }

  /** Goes on where the last packet ended; called first in a packet, which may follow a rollback. */
  resume(): void {
    const directory: unknown = this.#unfinished.get()
    this.#inParts = typeof directory === 'number' ? directory : undefined
    this.#forget()
  }

  /** Begins a listing or another part of it. */
  begin(number: number, flag: DirectoryFlag): void {
    this.#number = number
    this.#forget()
    this.#isWhole = flag === DirectoryFlag.whole
    if (this.#isWhole) this.#known.open(number)
    if (flag !== DirectoryFlag.firstPart) return
    this.reset()
    this.#inParts = number
  }

  /** Forgets a listing whose last part will not come. */
  reset(): void {
    this.#forget()
    this.#clear.run()
    this.#inParts = undefined
  }

  /** Forgets the parts of a directory whose last one will not come. */
  giveUp(number: number | undefined): void {
    if (this.#inParts === number) this.reset()
  }

  /**
   * Notes that the name is there, if it is the next one and says the same. Names mostly come in the
   * order of the catalogue, so an unchanged directory needs nothing else.
   */
  agrees(seen: Readonly<Sighting>): boolean {
    return this.#left === undefined && this.#known.agrees(seen)
  }

  /** Number of the directory that agreed last; undefined: it was none. */
  get agreedNumber(): number | undefined {
    return this.#known.number
  }

  /** Notes that the name is there; returns its entry. */
  take({ name, mode }: Readonly<Sighting>): Entry | undefined {
    if (!this.#isWhole) {
      this.alsoThere(this.#number, name)
      return this.#catalogue.find(this.#number, name)
    }
    const left = this.#rest()
    const key = fromBytes(name)
    const row = left.get(key)
    if (row === undefined) return isDirectory(mode) ? this.#findTaken(name) : undefined
    left.delete(key)
    return toEntry(row)
  }

  /** A name may be read twice, when the directory changes meanwhile; its number must stay. */
  #findTaken(name: Buffer): Entry | undefined {
    return this.#known.isEmpty ? undefined : this.#catalogue.find(this.#number, name)
  }

  /** Notes a name that came between two parts: the listing may have passed its place before. */
  alsoThere(number: number | undefined, name: Buffer): void {
    if (number !== undefined && number === this.#inParts) this.#note.run(number, name)
  }

  /** Hands out the entries that were not named, if all names have come. */
  end(flag: DirectoryFlag, missing: (name: Buffer, entry: Entry) => void): void {
    if (this.#isWhole) {
      for (const [name, row] of this.#rest()) missing(toBytes(name), toEntry(row))
      return this.#forget()
    }
    if (flag !== DirectoryFlag.lastPart || this.#inParts !== this.#number) return
    for (const name of this.#unnamedNames()) {
      const entry = this.#catalogue.find(this.#number, name)
      if (entry !== undefined) missing(name, entry)
    }
    this.reset()
  }

  #rest(): Map<BytePath, NamedColumns> {
    this.#left ??= this.#known.isOver ? new Map() : this.#restAfter(this.#known.compared)
    return this.#left
  }

  #restAfter(compared: number): Map<BytePath, NamedColumns> {
    const rest = this.#catalogue.list(this.#number).slice(compared)
    return new Map(rest.map((row) => [nameIn(row), row]))
  }

  #forget(): void {
    this.#known.close()
    this.#isWhole = false
    this.#left = undefined
  }

  *#unnamedNames(): IterableIterator<Buffer> {
    let after: Buffer = Buffer.alloc(0)
    for (;;) {
      const page = this.#unnamed.all({ number: this.#number, after }) as Buffer[]
      yield* page
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return
      after = last
    }
  }
}

/** Says whether the names of a directory follow, all or a part of them. */
export function isListing(flag: DirectoryFlag): boolean {
  return (
    flag !== DirectoryFlag.hints &&
    flag !== DirectoryFlag.unreadable &&
    flag !== DirectoryFlag.vanished
  )
}
