import { join, resolve } from 'node:path'

import { ClsyncError } from './errors.ts'
import type { Surroundings } from './given.ts'

/**
 * Returns the path of the database for a label and a watch directory: readable, and by its hash
 * another one for every pair of them, however they are written.
 *
 * @throws ClsyncError `usage`
 */
export function defaultDatabase(
  label: string,
  watchDir: string,
  surroundings: Surroundings,
): string {
  const absolute = resolve(surroundings.cwd, watchDir)
  // Loaded only for those who name no database: it takes some milliseconds of the start.
  const { createHash } = process.getBuiltinModule('node:crypto')
  const hash = createHash('sha256').update(`${label}\0${absolute}`).digest('hex').slice(0, 8)
  const readable = `${label}-${absolute}`.replace(/[^A-Za-z0-9.]+/g, '-').slice(0, 100)
  const parts = [readable.replace(/^[-.]+|-+$/g, ''), hash].filter((part) => part !== '')
  return join(stateDirectory(surroundings), `${parts.join('-')}.db`)
}

/**
 * See the XDG Base Directory Specification: a relative `$XDG_STATE_HOME` is to be ignored. A home that
 * is relative would give another database in every working directory.
 */
function stateDirectory({ isRoot, home, stateHome }: Surroundings): string {
  if (isRoot) return '/var/lib/clsync'
  if (stateHome?.startsWith('/')) return join(stateHome, 'clsync')
  if (home.startsWith('/')) return join(home, '.local/state/clsync')
  throw new ClsyncError('usage', `no place for the database: the home directory is "${home}"`, {
    hint: 'name a database with --db, or set HOME',
  })
}
