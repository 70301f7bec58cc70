import { closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

import { ClsyncError } from '../errors.ts'
import { lockPathOf } from './lock.ts'
import { APPLICATION_ID, refuseNewer } from './migrations.ts'
import { refusePlanted } from './private-file.ts'

/** What is found at a database's path before it is opened. */
export type Found =
  /** Nothing, and there never was anything. */
  | { readonly state: 'new' }
  | { readonly state: 'usable' }
  /** Ours, but gone, empty or damaged. */
  | { readonly state: 'lost'; readonly why: string }

/** The files of a database that belong together. */
const SUFFIXES = ['', '-wal', '-shm']
const HEADER_BYTES = 100
const MAGIC = 'SQLite format 3\0'
/** Offsets in the header (https://sqlite.org/fileformat.html). */
const PAGES_AT = 28
const USER_VERSION_AT = 60
const APPLICATION_ID_AT = 68

/**
 * Looks at a database file without SQLite: somebody else's file is refused before anything is
 * created, and one of ours that lost its content is not mistaken for a new one. The lock file beside
 * it tells that there was a daemon.
 *
 * Must not be called while this process has the file open in SQLite (see `private-file.ts`).
 *
 * @throws ClsyncError `database` when the file is not a clsync database, a newer one, or a link
 */
export function inspect(path: string): Found {
  refusePlanted(path)
  const wasUsed = existsSync(lockPathOf(path))
  const header = readHeader(path)
  if (header === undefined || header.length === 0) {
    const why = header === undefined ? 'is gone' : 'is empty'
    return wasUsed ? { state: 'lost', why: `database ${path} ${why}` } : { state: 'new' }
  }
  const isSqlite = header.length === HEADER_BYTES && header.toString('latin1', 0, 16) === MAGIC
  if (!isSqlite) {
    if (wasUsed) return { state: 'lost', why: `database ${path} is damaged` }
    throw notOurs(path)
  }
  const id = header.readUInt32BE(APPLICATION_ID_AT)
  if (id !== APPLICATION_ID && !isUnbegun(header)) throw notOurs(path)
  refuseNewer(path, header.readUInt32BE(USER_VERSION_AT))
  return { state: 'usable' }
}

/** Says whether nobody has written a table to it: so looks ours after a crash in its first moment. */
function isUnbegun(header: Buffer): boolean {
  return header.readUInt32BE(APPLICATION_ID_AT) === 0 && header.readUInt32BE(PAGES_AT) <= 1
}

/** Moves a damaged database with all that belongs to it aside; returns where it is now. */
export function moveAside(path: string, now: Date): string | undefined {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace(/\..*/, '')
  const aside = unused(`${path}.damaged-${stamp}`)
  let moved: string | undefined
  for (const suffix of SUFFIXES) {
    if (!existsSync(path + suffix)) continue
    renameSync(path + suffix, aside + suffix)
    moved ??= aside + suffix
  }
  const directory = openSync(dirname(path), 'r')
  fsyncSync(directory)
  closeSync(directory)
  return moved
}

/** Two in one second have the same name at first. */
function unused(name: string): string {
  for (let nth = 1; ; nth++) {
    const candidate = nth === 1 ? name : `${name}-${nth}`
    if (!SUFFIXES.some((suffix) => existsSync(candidate + suffix))) return candidate
  }
}

function readHeader(path: string): Buffer | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined
  const header = Buffer.alloc(HEADER_BYTES)
  const file = openSync(path, 'r')
  try {
    return header.subarray(0, readSync(file, header, 0, HEADER_BYTES, 0))
  } finally {
    closeSync(file)
  }
}

function notOurs(path: string): ClsyncError {
  return new ClsyncError('database', `${path} is not a clsync database`, {
    hint: 'name another file with --db',
  })
}
