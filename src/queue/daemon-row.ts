import type BetterSqlite3 from 'better-sqlite3'

/** Identity of the watch directory. */
export interface RootIdentity {
  /** `st_dev`, `st_ino`. */
  readonly dev: number
  readonly ino: number
  /** When it was made, nanoseconds in decimal; `'0'` where the file system does not say. */
  readonly born: string
}

/** What the database remembers of the tree it is about and of its daemon. */
export interface DaemonRecord {
  /** Absolute path of the watch directory. */
  readonly root: string
  readonly identity: RootIdentity | undefined
  readonly label: string
  /** Start of the last initial sync that succeeded. */
  readonly initialSyncAt: number | undefined
  /** Since then the catalogue is complete. */
  readonly cataloguedAt: number | undefined
  /** The boot of the machine in which the last daemon ran; undefined: not known. */
  readonly bootId: string | undefined
}

interface Row {
  readonly root: string
  readonly root_dev: number | null
  readonly root_ino: number | null
  readonly root_born: string | null
  readonly label: string
  readonly initialsync_at: number | null
  readonly catalogued_at: number | null
  readonly boot_id: string | null
}

/** The one row of the table `daemon` and the few of `status`. Writes belong in a transaction. */
export class DaemonRow {
  readonly #connection: BetterSqlite3.Database
  readonly #status: BetterSqlite3.Statement
  readonly #paused: BetterSqlite3.Statement

  constructor(connection: BetterSqlite3.Database) {
    this.#connection = connection
    this.#paused = connection.prepare('SELECT paused FROM daemon').pluck()
    this.#status = connection.prepare(`
      INSERT INTO status VALUES (@name, @value, @now)
      ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at
        WHERE value <> excluded.value
    `)
  }

  /** What is recorded, undefined for a new database. */
  read(): DaemonRecord | undefined {
    const row = this.#connection.prepare('SELECT * FROM daemon').get() as Row | undefined
    if (row === undefined) return undefined
    const { root_dev: dev, root_ino: ino, root_born: born } = row
    return {
      root: row.root,
      identity: dev === null || ino === null || born === null ? undefined : { dev, ino, born },
      label: row.label,
      initialSyncAt: row.initialsync_at ?? undefined,
      cataloguedAt: row.catalogued_at ?? undefined,
      bootId: row.boot_id ?? undefined,
    }
  }

  /** Somebody set it: no run may begin. */
  get isPaused(): boolean {
    return this.#paused.get() === 1
  }

  /** A daemon begins to serve the database. */
  started(root: string, label: string, now: number): void {
    this.#connection
      .prepare(`
        INSERT INTO daemon (id, root, label, pid, started_at) VALUES (1, @root, @label, @pid, @now)
        ON CONFLICT (id) DO UPDATE SET root = excluded.root, label = excluded.label,
          pid = excluded.pid, started_at = excluded.started_at, stopped_at = NULL
      `)
      .run({ root, label, pid: process.pid, now })
  }

  stopped(now: number): void {
    this.#connection.prepare('UPDATE daemon SET stopped_at = ?').run(now)
  }

  setBootId(bootId: string | undefined): void {
    this.#connection.prepare('UPDATE daemon SET boot_id = ?').run(bootId ?? null)
  }

  setIdentity(identity: RootIdentity): void {
    this.#connection
      .prepare('UPDATE daemon SET root_dev = @dev, root_ino = @ino, root_born = @born')
      .run({ ...identity })
  }

  setInitialSync(startedAt: number | undefined): void {
    this.#connection.prepare('UPDATE daemon SET initialsync_at = ?').run(startedAt ?? null)
  }

  setCatalogued(at: number | undefined): void {
    this.#connection.prepare('UPDATE daemon SET catalogued_at = ?').run(at ?? null)
  }

  /** Sets a line of the status; nothing is written when it is the same. */
  setStatus(name: string, value: string, now: number): void {
    this.#status.run({ name, value, now })
  }
}
