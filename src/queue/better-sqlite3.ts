import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import Database from 'better-sqlite3'

const require: NodeJS.Require = createRequire(import.meta.url)

/** Where the native code is; undefined before it was looked for. */
let place: { readonly nativeBinding: string | undefined } | undefined

/**
 * Opens a connection; with the first one the native code is loaded.
 */
export function openSqlite(path: string, options: Database.Options = {}): Database.Database {
  place ??= { nativeBinding: usualBinding() }
  const { nativeBinding } = place
  if (nativeBinding !== undefined) return new Database(path, { ...options, nativeBinding })
  const Installed = require('better-sqlite3') as typeof Database
  return new Installed(path, options)
}

/** The native code is where npm puts it, in most cases; the library tries other places first. */
function usualBinding(): string | undefined {
  const directory = dirname(require.resolve('better-sqlite3/package.json'))
  const usual = join(directory, 'build/Release/better_sqlite3.node')
  return existsSync(usual) ? usual : undefined
}
