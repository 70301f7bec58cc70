import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

import { ClsyncError, describe, errnoOf } from '../errors.ts'

/**
 * Makes a directory for nobody but us, and those above it. Not by `recursive: true`: that goes on
 * for ever where a directory is there and refuses new ones as "not there", as `/proc` does.
 *
 * @throws ClsyncError `database`
 */
export function ensurePrivateDirectory(path: string): void {
  try {
    if (make(path) !== 'nothing above it') return
    ensurePrivateDirectory(dirname(path))
    makeOne(path)
  } catch (error) {
    if (error instanceof ClsyncError) throw error
    throw new ClsyncError('database', `cannot create the directory ${path}: ${describe(error)}`, {
      hint: 'name a database in a writable directory with --db',
      cause: error,
    })
  }
}

/**
 * Makes a directory for nobody but us. One of somebody else, or a link that was planted there, is
 * refused: who owns a directory can put other files in the place of ours.
 *
 * @throws ClsyncError `database`
 */
export function ensureOwnDirectory(path: string): void {
  ensurePrivateDirectory(path)
  const stats = lstatSync(path)
  const user = process.geteuid?.() ?? stats.uid
  if (stats.isDirectory() && stats.uid === user) return
  throw new ClsyncError('database', `${path} is not a directory of ours`, {
    hint: 'remove it, or name a database in a directory of your own with --db',
  })
}

function make(path: string): 'it is there' | 'nothing above it' {
  try {
    makeOne(path)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT' && dirname(path) !== path) return 'nothing above it'
    if (errno !== 'EEXIST') throw error
  }
  return 'it is there'
}

/** The umask may have taken away what we need ourselves. */
function makeOne(path: string): void {
  mkdirSync(path, 0o700)
  chmodSync(path, 0o700)
}
