import { readdirSync, readFileSync } from 'node:fs'

import type BetterSqlite3 from 'better-sqlite3'

import { ClsyncError } from '../errors.ts'

/** Marks our databases in their header (`file` shows it): "clsy". */
export const APPLICATION_ID = 0x636c7379

const DIRECTORY = new URL('../../migrations/', import.meta.url)

interface Migration {
  /** `user_version` once it has been applied. */
  readonly version: number
  readonly name: string
}

/** Called after each migration inside its transaction; crash tests die there. */
export type OnMigrated = (version: number) => void

/**
 * Brings the schema up to date, all in one transaction. The database has to be ours.
 *
 * @returns the schema's version
 */
export function migrate(connection: BetterSqlite3.Database, onMigrated: OnMigrated): number {
  const migrations = listMigrations()
  const newest = newestOf(migrations)
  const apply = connection.transaction(() => {
    const current = versionOf(connection)
    for (const { version, name } of migrations) {
      if (version <= current) continue
      connection.exec(readFileSync(new URL(name, DIRECTORY), 'utf8'))
      connection.pragma(`user_version = ${version}`)
      onMigrated(version)
    }
    connection.pragma(`application_id = ${APPLICATION_ID}`)
  })
  if (versionOf(connection) < newest) apply.immediate()
  return newest
}

/**
 * Makes sure, without changing anything, that the database is one of ours or empty.
 *
 * @returns the schema's version, 0 when it is empty
 * @throws ClsyncError `database` when it is not, or was written by a newer clsync
 */
export function assertOurs(connection: BetterSqlite3.Database): number {
  const file = connection.name
  const id = connection.pragma('application_id', { simple: true })
  const tables = connection.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()
  if (id !== APPLICATION_ID && (id !== 0 || tables !== 0)) {
    throw new ClsyncError('database', `${file} is not a clsync database`, {
      hint: 'name another file with --db',
    })
  }
  const version = versionOf(connection)
  refuseNewer(file, version)
  return version
}

/** @throws ClsyncError `database` when a schema is newer than those that are known here */
export function refuseNewer(file: string, version: number): void {
  const newest = newestOf(listMigrations())
  if (version <= newest) return
  throw new ClsyncError(
    'database',
    `${file} was written by a newer clsync (schema ${version}, this one knows ${newest})`,
    { hint: 'install the newer clsync, or name another file with --db' },
  )
}

function versionOf(connection: BetterSqlite3.Database): number {
  return Number(connection.pragma('user_version', { simple: true }))
}

function newestOf(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0
}

function listMigrations(): Migration[] {
  return readdirSync(DIRECTORY)
    .filter((name) => /^\d{3}-[a-z-]+\.sql$/.test(name))
    .sort()
    .map((name) => ({ version: Number(name.slice(0, 3)), name }))
}
