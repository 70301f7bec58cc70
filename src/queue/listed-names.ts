import type BetterSqlite3 from 'better-sqlite3'

import { fromBytes, toBytes } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { DirectoryFlag } from '../model/packet.ts'
import type { Catalogue } from './catalogue.ts'
import type { Entry } from './entry.ts'

/** Entries found missing are handed out in pages of this many names. */
const PAGE = 1_000

/**
 * Finds out which entries of a directory a listing did not name. An ordinary directory is compared
 * in memory with one query; one too large for that comes in parts, whose names are noted in a
 * temporary table, so that two million names in one directory cost disk and not memory. The table
 * is rolled back with the transaction, so whatever lasts longer than a packet is kept there alone.
 */
export class ListedNames {
  readonly #catalogue: Catalogue
  readonly #note: BetterSqlite3.Statement
  readonly #unnamed: BetterSqlite3.Statement
  readonly #clear: BetterSqlite3.Statement
  readonly #unfinished: BetterSqlite3.Statement
  #number = 0
  #entries: Map<BytePath, Entry> | undefined
  /** The directory of which some parts have come, but not the last. */
  #inParts: number | undefined

  constructor(connection: BetterSqlite3.Database, catalogue: Catalogue) {
    this.#catalogue = catalogue
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
    this.#entries = undefined
  }

  /** Begins a listing or another part of it. */
  begin(number: number, flag: DirectoryFlag): void {
    this.#number = number
    this.#entries = flag === DirectoryFlag.whole ? this.#catalogue.list(number) : undefined
    if (flag !== DirectoryFlag.firstPart) return
    this.reset()
    this.#inParts = number
  }

  /** Forgets a listing whose last part will not come. */
  reset(): void {
    this.#entries = undefined
    this.#clear.run()
    this.#inParts = undefined
  }

  /** Forgets the parts of a directory whose last one will not come. */
  giveUp(number: number | undefined): void {
    if (this.#inParts === number) this.reset()
  }

  /** Notes that the name is there; returns its entry. */
  take(name: Buffer): Entry | undefined {
    if (this.#entries === undefined) {
      this.alsoThere(this.#number, name)
      return this.#catalogue.find(this.#number, name)
    }
    const key = fromBytes(name)
    const entry = this.#entries.get(key)
    if (entry !== undefined) this.#entries.delete(key)
    return entry
  }

  /** Notes a name that came between two parts: the listing may have passed its place before. */
  alsoThere(number: number | undefined, name: Buffer): void {
    if (number !== undefined && number === this.#inParts) this.#note.run(number, name)
  }

  /** Hands out the entries that were not named, if all names have come. */
  end(flag: DirectoryFlag, missing: (name: Buffer, entry: Entry) => void): void {
    if (this.#entries !== undefined) {
      for (const [name, entry] of this.#entries) missing(toBytes(name), entry)
      this.#entries = undefined
      return
    }
    if (flag !== DirectoryFlag.lastPart || this.#inParts !== this.#number) return
    for (const name of this.#unnamedNames()) {
      const entry = this.#catalogue.find(this.#number, name)
      if (entry !== undefined) missing(name, entry)
    }
    this.reset()
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
