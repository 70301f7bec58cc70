import type BetterSqlite3 from 'better-sqlite3'

import { fromBytes, isWithin } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { IN_DELETE, IN_ISDIR } from '../model/mask.ts'
import type { DeleteLimit } from '../options.ts'
import type { Catalogue } from './catalogue.ts'
import type { EventStore } from './event-store.ts'
import type { Ghosts } from './ghosts.ts'

/** A catalogue below this size is never braked by percentage. */
const SMALL_CATALOGUE = 1_000

/** What became of the deletions that a reconcile found. */
export interface BrakeVerdict {
  readonly verdict: 'released' | 'held'
  /** Entries that are gone, with all that was below them. */
  readonly count: number
  /** Entries in the catalogue. */
  readonly of: number
}

interface HeldParts {
  readonly catalogue: Catalogue
  readonly events: EventStore
  readonly ghosts: Ghosts
}

/**
 * The mass-delete brake (P6): deletions that a reconcile finds are held back, as events in state
 * `held` whose entries stay in the catalogue, until it is known how many there are.
 */
export class HeldDeletions {
  readonly #catalogue: Catalogue
  readonly #events: EventStore
  readonly #ghosts: Ghosts
  readonly #hold: BetterSqlite3.Statement
  readonly #exists: BetterSqlite3.Statement
  readonly #clear: BetterSqlite3.Statement
  readonly #page: BetterSqlite3.Statement
  readonly #any: BetterSqlite3.Statement
  readonly #countPaths: BetterSqlite3.Statement
  /** There may be held rows: ordinary sightings need not ask otherwise. */
  #some: boolean
  /** Entries in the catalogue when the brake closed: a tree that grows does not open it. */
  #ofThen: number | undefined

  constructor(connection: BetterSqlite3.Database, { catalogue, events, ghosts }: HeldParts) {
    this.#catalogue = catalogue
    this.#events = events
    this.#ghosts = ghosts
    this.#exists = connection
      .prepare(`SELECT 1 FROM event WHERE path = CAST(? AS TEXT) AND state <> 'held'`)
      .pluck()
    this.#hold = connection.prepare(`
      INSERT INTO event (path, mask, first_seen, last_seen, state)
      VALUES (CAST(@path AS TEXT), @mask, @now, @now, 'held')
      ON CONFLICT (path) DO NOTHING
    `)
    this.#clear = connection.prepare(
      `DELETE FROM event WHERE path = CAST(? AS TEXT) AND state = 'held'`,
    )
    this.#page = connection
      .prepare(`
        SELECT CAST(path AS BLOB) FROM event WHERE state = 'held' AND path > CAST(? AS TEXT)
        ORDER BY path LIMIT 1000
      `)
      .pluck()
    this.#any = connection.prepare(`SELECT 1 FROM event WHERE state = 'held' LIMIT 1`).pluck()
    this.#countPaths = connection.prepare(`SELECT count(*) FROM event WHERE state = 'held'`).pluck()
    this.#some = this.#any.get() !== undefined
  }

  /** Holds a deletion; false when the path has an event anyway, which will show it is gone. */
  hold(path: Buffer, mask: number, now: number): boolean {
    if (this.#exists.get(path) !== undefined) return false
    this.#hold.run({ path, mask, now })
    this.#some = true
    return true
  }

  /** The path is there again, or a live hint decides: nothing to hold. */
  clear(path: Buffer): void {
    if (this.#some) this.#clear.run(path)
  }

  /** Forgets what an earlier comparison held at or below a path: this one finds it again. */
  restart(path: BytePath): void {
    if (!this.#some) return
    for (const held of this.#paths()) {
      if (isWithin(fromBytes(held), path)) this.#clear.run(held)
    }
  }

  /** Says whether anything is held. */
  get any(): boolean {
    this.#some = this.#any.get() !== undefined
    return this.#some
  }

  /** Number of paths that are held. */
  get paths(): number {
    return this.#some ? Number(this.#countPaths.get()) : 0
  }

  /** Counts what is held at or below a path, and releases it when that stays within the limit. */
  judge(limit: DeleteLimit, now: number, path: BytePath = ''): BrakeVerdict | undefined {
    const count = this.#count(path)
    if (!this.any) this.#ofThen = undefined
    if (count === 0) return undefined
    const of = this.#catalogue.count()
    const base = Math.min(of, this.#ofThen ?? of)
    if (exceeds(count, base, limit)) {
      this.#ofThen = base
      return { verdict: 'held', count, of: base }
    }
    for (const held of this.#paths()) {
      if (isWithin(fromBytes(held), path)) this.#release(held, now)
    }
    return { verdict: 'released', count, of: base }
  }

  /** Counts, and drops what has no entry any more: a directory above it went, which was told. */
  #count(path: BytePath): number {
    let count = 0
    for (const held of this.#paths()) {
      if (!isWithin(fromBytes(held), path)) continue
      const entries = this.#entriesAt(held)
      if (entries === 0) this.#clear.run(held)
      count += entries
    }
    return count
  }

  *#paths(): IterableIterator<Buffer> {
    let after: Buffer = Buffer.alloc(0)
    for (;;) {
      const page = this.#page.all(after) as Buffer[]
      yield* page
      const last = page.at(-1)
      if (last === undefined) return
      after = last
    }
  }

  #entriesAt(path: Buffer): number {
    const { known } = this.#catalogue.at(fromBytes(path))
    if (known === undefined) return 0
    return 1 + (known.number === undefined ? 0 : this.#catalogue.countBelow(known.number))
  }

  #release(path: Buffer, now: number): void {
    const place = this.#catalogue.at(fromBytes(path))
    this.#clear.run(path)
    const { known } = place
    if (known === undefined) return
    this.#catalogue.detach(place)
    const mask = known.number === undefined ? IN_DELETE : IN_DELETE | IN_ISDIR
    this.#events.upsert(path, mask, 'ordinary', now)
    this.#ghosts.left(path, known.number, undefined, now)
  }
}

function exceeds(count: number, of: number, limit: DeleteLimit): boolean {
  switch (limit.unit) {
    case 'entries':
      return count > limit.limit
    case 'percent':
      return of > SMALL_CATALOGUE && count * 100 > of * limit.limit
  }
}
