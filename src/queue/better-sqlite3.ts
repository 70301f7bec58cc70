import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import type BetterSqlite3 from 'better-sqlite3'

interface Library {
  readonly Database: typeof BetterSqlite3
  /** The native code, undefined to have it looked for. */
  readonly nativeBinding: string | undefined
}

let library: Library | undefined

/**
 * Opens a connection. The library is loaded with the first one, so that nothing native is for what
 * needs no database; and not by `import`: Node would read all of its text for the names that it
 * exports, which takes longer than loading it, and the daemon is not ready before.
 */
export function openSqlite(
  path: string,
  options: BetterSqlite3.Options = {},
): BetterSqlite3.Database {
  library ??= loadLibrary()
  const { Database, nativeBinding } = library
  return new Database(path, { ...options, nativeBinding })
}

/** The native code is where npm puts it, in most cases; the library tries other places first. */
function loadLibrary(): Library {
  const require = createRequire(import.meta.url)
  const directory = dirname(require.resolve('better-sqlite3/package.json'))
  const usual = join(directory, 'build/Release/better_sqlite3.node')
  return {
    Database: require('better-sqlite3') as typeof BetterSqlite3,
    nativeBinding: existsSync(usual) ? usual : undefined,
  }
}
