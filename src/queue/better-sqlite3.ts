import { createRequire } from 'node:module'

import type Database from 'better-sqlite3'

let library: typeof Database | undefined

/**
 * Opens a connection. The library is loaded with the first one, so that nothing native is for what
 * needs no database; and not by `import`: Node would read all of its text for the names that it
 * exports, which takes longer than loading it, and the daemon is not ready before.
 */
export function openSqlite(path: string, options: Database.Options = {}): Database.Database {
  library ??= createRequire(import.meta.url)('better-sqlite3') as typeof Database
  return new library(path, options)
}
