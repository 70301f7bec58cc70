import { createRequire } from 'node:module'

import type Database from 'better-sqlite3'

/**
 * The library. Not by `import`: Node would read all of its text for the names that it exports, which
 * takes longer than loading it, and the daemon is not ready before.
 */
export const BetterSqlite3 = createRequire(import.meta.url)('better-sqlite3') as typeof Database
