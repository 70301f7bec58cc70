import { realpathSync } from 'node:fs'
import { basename, dirname, relative, resolve } from 'node:path'

import { ClsyncError } from '../errors.ts'
import { fromText } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'

/** Files SQLite and the daemon keep beside the database, by what they add to its name. */
const BESIDE_DATABASE = [
  '',
  '-wal',
  '-shm',
  '-journal',
  '.lock',
  '.lock-journal',
  '.ballast',
  '.probe',
  '.runs',
]

/**
 * Returns the paths below the watch directory that are clsync's own: they are never reported,
 * since reporting them would make new ones.
 *
 * @throws ClsyncError `usage` when the list directory is the watch directory itself or above it
 */
export function ownPaths(
  watchDir: string,
  db: string,
  listsDir: string | undefined,
): readonly BytePath[] {
  const root = realpathSync(watchDir)
  const database = resolve(realpathSync(dirname(db)), basename(db))
  const databasePath = below(root, database)
  const lists = listsDir === undefined ? undefined : listsBelow(root, listsDir)
  return [
    ...(databasePath === undefined ? [] : BESIDE_DATABASE.map((end) => databasePath + end)),
    ...(lists === undefined ? [] : [lists]),
  ]
}

function listsBelow(root: string, listsDir: string): BytePath | undefined {
  const lists = realpathSync(listsDir)
  if (below(lists, root) !== undefined || lists === root) {
    throw new ClsyncError('usage', `the list directory ${listsDir} holds the watch directory`, {
      hint: 'lists would be told as changes: give --outlistsdir a directory of its own',
    })
  }
  return below(root, lists)
}

function below(root: string, path: string): BytePath | undefined {
  const way = relative(root, path)
  return way === '' || way === '..' || way.startsWith('../') ? undefined : fromText(way)
}
