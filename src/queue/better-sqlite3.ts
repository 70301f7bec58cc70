import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import Database from 'better-sqlite3'

import { ClsyncError, describe } from '../errors.ts'

const require = createRequire(import.meta.url)

type Open = (path: string, options: Database.Options) => Database.Database

let open: Open | undefined

/**
 * Opens a connection. With the first one the native code is loaded, so that nothing native is for
 * what needs no database.
 *
 * @throws ClsyncError `database` when that cannot be loaded; what the library throws
 */
export function openSqlite(path: string, options: Database.Options = {}): Database.Database {
  open ??= loadNativeCode()
  return open(path, options)
}

function loadNativeCode(): Open {
  try {
    return withUsualBinding() ?? withInstalledLibrary()
  } catch (error) {
    throw new ClsyncError('database', `better-sqlite3 cannot be loaded: ${describe(error)}`, {
      hint: 'its native code is made for one version of Node: npm rebuild better-sqlite3, or install clsync again',
      cause: error,
    })
  }
}

/** Where npm puts the native code; undefined when it is somewhere else. */
function withUsualBinding(): Open | undefined {
  const directory = dirname(require.resolve('better-sqlite3/package.json'))
  const nativeBinding = join(directory, 'build/Release/better_sqlite3.node')
  if (!existsSync(nativeBinding)) return undefined
  // Here, where an error is one of loading; the library will find it loaded.
  require(nativeBinding)
  return (path, options) => new Database(path, { ...options, nativeBinding })
}

/** Knows other places, which the library in our bundle would look for beside the bundle. */
function withInstalledLibrary(): Open {
  const Installed = require('better-sqlite3') as typeof Database
  new Installed(':memory:').close()
  return (path, options) => new Installed(path, options)
}
