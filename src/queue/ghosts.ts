import type BetterSqlite3 from 'better-sqlite3'

import { fromBytes, parentOf, toBytes } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { IN_DELETE, IN_ISDIR } from '../model/mask.ts'
import type { Catalogue } from './catalogue.ts'
import type { EventStore } from './event-store.ts'
import { LATE_HINT_MS } from './late-hints.ts'

/**
 * The table `ghost`. A directory that is gone is told as one deletion, which says enough to whoever
 * sees that it is gone. But scripts look when they run, and when another directory is there by then
 * (`mv site old; mv new site`), they see nothing of what was in the first one: that is told name by
 * name, from the entries that were kept for it. Methods that write are called inside a transaction.
 */
export class Ghosts {
  readonly #catalogue: Catalogue
  readonly #events: EventStore
  readonly #put: BetterSqlite3.Statement
  readonly #lay: BetterSqlite3.Statement
  readonly #told: BetterSqlite3.Statement
  readonly #purge: BetterSqlite3.Statement
  readonly #isKept: BetterSqlite3.Statement
  readonly #any: BetterSqlite3.Statement
  readonly #movedTo: BetterSqlite3.Statement
  readonly #clear: BetterSqlite3.Statement
  /** There may be some: most sightings need not ask otherwise. */
  #some: boolean

  constructor(connection: BetterSqlite3.Database, catalogue: Catalogue, events: EventStore) {
    this.#catalogue = catalogue
    this.#events = events
    this.#put = connection.prepare(`
      INSERT INTO ghost (path, number, moved_to)
      VALUES (CAST(@path AS TEXT), @number, CAST(@movedTo AS TEXT))
      ON CONFLICT (path, number) DO UPDATE SET moved_to = excluded.moved_to, told_at = NULL
    `)
    this.#lay = connection.prepare(
      'DELETE FROM ghost WHERE path = CAST(? AS TEXT) RETURNING number, moved_to IS NULL AS alone',
    )
    this.#told = connection.prepare(`
      UPDATE ghost SET told_at = @now
      WHERE path IN (SELECT path FROM event WHERE run = @run AND fresh_since IS NULL)
    `)
    this.#purge = connection.prepare(
      'DELETE FROM ghost WHERE told_at < ? RETURNING number, moved_to IS NULL AS alone',
    )
    this.#isKept = connection.prepare('SELECT 1 FROM ghost WHERE number = ? LIMIT 1').pluck()
    this.#any = connection.prepare('SELECT 1 FROM ghost LIMIT 1').pluck()
    this.#movedTo = connection
      .prepare('SELECT CAST(path AS BLOB) FROM ghost WHERE moved_to = CAST(? AS TEXT)')
      .pluck()
    this.#clear = connection.prepare('DELETE FROM ghost')
    this.#some = this.#any.get() !== undefined
  }

  /**
   * What was at a path, a directory if it has a number, is not there any more; that is told of the
   * path itself. Where the script may still have the same by the name of an earlier place, it is told
   * of that too.
   *
   * @param movedTo where it is now
   */
  left(path: Buffer, number: number | undefined, movedTo: BytePath | undefined, now: number): void {
    this.#keep(path, number, movedTo)
    for (const earlier of this.#earlierNames(path)) {
      const bytes = toBytes(earlier)
      this.#events.upsertGone(bytes, IN_DELETE | (number === undefined ? 0 : IN_ISDIR), now)
      this.#keep(bytes, number, movedTo)
    }
  }

  /** There is a directory at a path: what another one had there is told as deleted. */
  appeared(path: Buffer, number: number | undefined, now: number): void {
    if (!this.#some) return
    for (const ghost of this.#lay.all(path) as LaidGhost[]) {
      if (ghost.number !== number) this.#events.upsertBelow(path, ghost.number, IN_DELETE, now)
      this.#release(ghost)
    }
  }

  /** A run succeeded: it saw its paths. Call before they are acknowledged. */
  told(run: number, now: number): void {
    if (this.#some) this.#told.run({ run, now })
  }

  /** Forgets those that were told, as soon as no hint can be on its way that they are back. */
  purge(now: number): void {
    if (!this.#some) return
    for (const ghost of this.#purge.all(now - LATE_HINT_MS) as LaidGhost[]) this.#release(ghost)
    this.#lookForAny()
  }

  /** Says whether there may be something to {@link purge}. */
  get some(): boolean {
    return this.#some
  }

  clear(): void {
    this.#clear.run()
    this.#lookForAny()
  }

  /** After a rollback: there may be some. Reads nothing, since that may be what failed. */
  forget(): void {
    this.#some = true
  }

  #lookForAny(): void {
    this.#some = this.#any.get() !== undefined
  }

  #keep(path: Buffer, number: number | undefined, movedTo: BytePath | undefined): void {
    if (number === undefined || this.#catalogue.isEmpty(number)) return
    this.#put.run({ path, number, movedTo: movedTo === undefined ? null : toBytes(movedTo) })
    this.#some = true
  }

  #release({ number, alone }: LaidGhost): void {
    if (alone === 1 && this.#isKept.get(number) === undefined) this.#catalogue.removeBelow(number)
  }

  /** What a path was called before one of the directories above it moved, or it itself. */
  #earlierNames(path: Buffer): readonly BytePath[] {
    if (!this.#some) return []
    const names: BytePath[] = []
    const left = fromBytes(path)
    for (let moved = left; moved !== ''; moved = parentOf(moved)) {
      for (const earlier of this.#movedTo.all(toBytes(moved)) as Buffer[]) {
        names.push(fromBytes(earlier) + left.slice(moved.length))
      }
    }
    return names
  }
}

interface LaidGhost {
  readonly number: number
  /** 1: its entries are kept for it alone. */
  readonly alone: 0 | 1
}
