import type BetterSqlite3 from 'better-sqlite3'

import { nameOf, parentOf, toBytes } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import type { Sighting } from '../model/sighting.ts'
import {
  COLUMNS,
  type Columns,
  NAMED_COLUMNS,
  type NamedColumns,
  stampOf,
  toEntry,
} from './entry-row.ts'
import { type Entry, isDirectory } from './entry.ts'

/** `directory` of the watch directory's own entry, whose name is `''`. */
export const ABOVE_ROOT = 0
const ROOT = 1
/** `directory` of an entry on the move, which no other transaction sees. */
const NOWHERE = -1
const NO_NAME = Buffer.alloc(0)
/** Directory numbers taken from the table in one write; those left at the end are never used. */
const NUMBERS_AT_ONCE = 1_000
/** Directory numbers remembered; more are asked for again. */
const REMEMBERED = 8_192

/** Where an entry is or would be. */
export interface Place {
  /** Number of the directory, undefined when the catalogue does not know it. */
  readonly directory: number | undefined
  readonly name: Buffer
  readonly known: Entry | undefined
}

/**
 * The table `entry`. Entries are found by the number of their directory and their name, so that a
 * renamed directory keeps the rows of what is in it. Methods that write are called inside a
 * transaction; after one that was rolled back, {@link forget} must be called.
 */
export class Catalogue {
  readonly #numbers = new Map<BytePath, number>()
  #nextNumber = 0
  #reservedUntil = 0
  readonly #reserve: BetterSqlite3.Statement
  readonly #find: BetterSqlite3.Statement
  readonly #list: BetterSqlite3.Statement
  readonly #put: BetterSqlite3.Statement
  readonly #add: BetterSqlite3.Statement
  readonly #change: BetterSqlite3.Statement
  readonly #remove: BetterSqlite3.Statement
  readonly #removeBelow: BetterSqlite3.Statement
  readonly #removeAll: BetterSqlite3.Statement
  readonly #anyIn: BetterSqlite3.Statement
  readonly #countBelow: BetterSqlite3.Statement
  readonly #move: BetterSqlite3.Statement
  readonly #count: BetterSqlite3.Statement

  constructor(connection: BetterSqlite3.Database) {
    this.#find = connection
      .prepare(`SELECT ${COLUMNS} FROM entry WHERE directory = ? AND name = CAST(? AS TEXT)`)
      .raw()
    this.#list = connection
      .prepare(`SELECT ${NAMED_COLUMNS} FROM entry WHERE directory = ? ORDER BY name`)
      .raw()
    this.#put = connection.prepare(`
      INSERT INTO entry (directory, name, mode, uid, gid, ino, size, mtime, ctime, racy, number)
      VALUES (?, CAST(? AS TEXT), ?, ?, ?, ?, ?,
        CAST(? AS INTEGER) * 1000000000 + CAST(? AS INTEGER),
        CAST(? AS INTEGER) * 1000000000 + CAST(? AS INTEGER), ?, ?)
      ON CONFLICT (directory, name) DO UPDATE SET mode = excluded.mode, uid = excluded.uid,
        gid = excluded.gid, ino = excluded.ino, size = excluded.size, mtime = excluded.mtime,
        ctime = excluded.ctime, racy = excluded.racy, number = excluded.number
    `)
    this.#add = connection.prepare(`
      INSERT INTO entry (directory, name, mode, uid, gid, ino, size, mtime, ctime, racy)
      VALUES (?, CAST(? AS TEXT), ?, ?, ?, ?, ?,
        CAST(? AS INTEGER) * 1000000000 + CAST(? AS INTEGER),
        CAST(? AS INTEGER) * 1000000000 + CAST(? AS INTEGER), ?)
      ON CONFLICT DO NOTHING
    `)
    this.#change = connection.prepare(`
      UPDATE entry SET mode = ?, uid = ?, gid = ?, ino = ?, size = ?,
        mtime = CAST(? AS INTEGER) * 1000000000 + CAST(? AS INTEGER),
        ctime = CAST(? AS INTEGER) * 1000000000 + CAST(? AS INTEGER), racy = ?
      WHERE directory = ? AND name = CAST(? AS TEXT) AND number IS NULL AND size <= ?
    `)
    this.#remove = connection.prepare(
      'DELETE FROM entry WHERE directory = ? AND name = CAST(? AS TEXT)',
    )
    this.#removeAll = connection.prepare('DELETE FROM entry')
    this.#anyIn = connection.prepare('SELECT 1 FROM entry WHERE directory = ? LIMIT 1').pluck()
    const below = `
      WITH RECURSIVE below (number) AS (
        VALUES (CAST(? AS INTEGER))
        UNION
        SELECT entry.number FROM below, entry
        WHERE entry.directory = below.number AND entry.number IS NOT NULL
      )`
    this.#removeBelow = connection.prepare(
      `${below} DELETE FROM entry WHERE directory IN (SELECT number FROM below)`,
    )
    this.#countBelow = connection
      .prepare(`${below} SELECT count(*) FROM entry WHERE directory IN (SELECT number FROM below)`)
      .pluck()
    this.#move = connection.prepare(`
      UPDATE entry SET directory = @toDirectory, name = CAST(@toName AS TEXT)
      WHERE directory = @directory AND name = CAST(@name AS TEXT)
    `)
    this.#count = connection.prepare('SELECT count(*) FROM entry').pluck()
    this.#reserve = connection
      .prepare('UPDATE numbering SET next = next + ? RETURNING next')
      .pluck()
  }

  /** The entry of a name in a directory. */
  find(directory: number, name: Buffer): Entry | undefined {
    const row = this.#find.get(directory, name) as Columns | undefined
    return row === undefined ? undefined : toEntry(row)
  }

  /** All entries of a directory in the order of the bytes of their names. */
  list(directory: number): readonly NamedColumns[] {
    return this.#list.all(directory) as NamedColumns[]
  }

  /** Writes the entry of a name as it was seen; returns a directory's number. */
  put(directory: number, seen: Readonly<Sighting>, known: Entry | undefined): number | undefined {
    const number = isDirectory(seen.mode)
      ? (known?.number ?? this.#newNumber(directory))
      : undefined
    this.#put.run(directory, seen.name, ...stampOf(seen), number ?? null)
    if (known?.number !== undefined && number === undefined) this.#numbers.clear()
    return number
  }

  /** Writes the entry of something that is no directory, if there was none. Returns whether it did. */
  add(directory: number, seen: Readonly<Sighting>): boolean {
    return this.#add.run(directory, seen.name, ...stampOf(seen)).changes > 0
  }

  /**
   * Writes the entry of something that is no directory, if there was one of at most so many bytes
   * that was none either. Returns whether it did.
   */
  change(directory: number, seen: Readonly<Sighting>, mostBytes: number): boolean {
    const { changes } = this.#change.run(...stampOf(seen), directory, seen.name, mostBytes)
    return changes > 0
  }

  /** Removes a name's entry, and everything below it if it is a directory. */
  remove(directory: number, name: Buffer, known: Entry): void {
    if (known.number !== undefined) this.removeBelow(known.number)
    this.#remove.run(directory, name)
  }

  /** Removes a name's entry alone: what is below it is kept, and only its number leads there. */
  detach({ directory, name, known }: Place): void {
    if (directory !== undefined) this.#remove.run(directory, name)
    if (known?.number !== undefined) this.#numbers.clear()
  }

  /** Removes everything below a directory. */
  removeBelow(number: number): void {
    this.#removeBelow.run(number)
    this.#numbers.clear()
  }

  /** Says whether there is no entry in a directory. */
  isEmpty(number: number): boolean {
    return this.#anyIn.get(number) === undefined
  }

  /** Number of entries below a directory. */
  countBelow(number: number): number {
    return Number(this.#countBelow.get(number))
  }

  /** Number of all entries. */
  count(): number {
    return Number(this.#count.get())
  }

  /**
   * Takes an entry out of its place, until {@link putDown}; what is below it follows without being
   * written.
   */
  pickUp({ directory, name }: Place): void {
    if (directory === undefined) return
    this.#move.run({ directory, name, toDirectory: NOWHERE, toName: NO_NAME })
    this.#numbers.clear()
  }

  /**
   * Gives the entry that was picked up another place, which is free. Where a directory moved to a
   * place below its old path, another one is on that path by now: it is not the one that moved, or
   * that would hang below itself.
   */
  putDown(to: BytePath): void {
    const toDirectory = this.ensure(parentOf(to))
    const toName = toBytes(nameOf(to))
    this.#move.run({ directory: NOWHERE, name: NO_NAME, toDirectory, toName })
  }

  /** Where the entry of a path is, and what it says. */
  at(path: BytePath): Place {
    const directory = this.numberOf(parentOf(path))
    const name = toBytes(nameOf(path))
    const known = directory === undefined ? undefined : this.find(directory, name)
    return { directory, name, known }
  }

  /** Number of a directory by path, undefined when the catalogue does not know it. */
  numberOf(path: BytePath): number | undefined {
    return this.#descend(path, stop)
  }

  /** Keeps the number of a directory at hand, since it is likely to be asked for next. */
  remember(path: BytePath, number: number): void {
    if (this.#numbers.size >= REMEMBERED) this.#numbers.clear()
    this.#numbers.set(path, number)
  }

  /**
   * Number of a directory by path. Directories on the way that were not seen yet get entries that
   * differ from whatever will be seen.
   */
  ensure(path: BytePath): number {
    return this.#descend(path, (parent, at) => this.#create(parent, at)) ?? ROOT
  }

  /** Not by recursion: a tree may be deeper than the stack. */
  #descend(
    path: BytePath,
    whenUnknown: (parent: number, path: BytePath) => number | undefined,
  ): number | undefined {
    const below: BytePath[] = []
    let at = path
    let number = this.#remembered(at)
    for (; number === undefined; number = this.#remembered(at)) {
      below.push(at)
      at = parentOf(at)
    }
    for (let next; number !== undefined && (next = below.pop()) !== undefined;) {
      number = this.find(number, toBytes(nameOf(next)))?.number ?? whenUnknown(number, next)
      if (number !== undefined) this.remember(next, number)
    }
    return number
  }

  #remembered(path: BytePath): number | undefined {
    return path === '' ? ROOT : this.#numbers.get(path)
  }

  #create(parent: number, path: BytePath): number {
    const name = toBytes(nameOf(path))
    const known = this.find(parent, name)
    const created = this.#newNumber(parent)
    this.#put.run(parent, name, NOT_SEEN_MODE, 0, 0, 0, 0, 0, 0, 0, 0, 1, known?.number ?? created)
    return created
  }

  /** Starts over: nothing is known of the tree. */
  clear(): void {
    this.#removeAll.run()
    this.#numbers.clear()
  }

  /** Drops what is only in memory, after a rollback. */
  forget(): void {
    this.#numbers.clear()
    this.#reservedUntil = this.#nextNumber
  }

  #newNumber(directory: number): number {
    if (directory === ABOVE_ROOT) return ROOT
    if (this.#nextNumber === this.#reservedUntil) {
      this.#reservedUntil = Number(this.#reserve.get(NUMBERS_AT_ONCE))
      this.#nextNumber = this.#reservedUntil - NUMBERS_AT_ONCE
    }
    return this.#nextNumber++
  }
}

/** A directory without permissions, looked at in 1970. */
const NOT_SEEN_MODE = 0o040000

/** Says whether an entry only holds a place for what is below it. */
export function isPlaceholder(entry: Entry): boolean {
  return entry.ctimeSeconds === 0 && entry.ctimeNanos === 0 && entry.ino === 0
}

function stop(): undefined {
  return undefined
}
