import { fromBytes } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { type Sighting, SightingFlag } from '../model/sighting.ts'
import type { Entry } from './entry.ts'

/** What was seen of an entry; times split so that they stay exact numbers. */
export const STAMP_COLUMNS = `mode, uid, gid, ino, size, mtime / 1000000000, mtime % 1000000000,
  ctime / 1000000000, ctime % 1000000000, racy`

/** Columns of `entry` in the order of {@link toEntry}. */
export const COLUMNS: string = `${STAMP_COLUMNS}, number`

/** A row of them. */
export type Columns = readonly [
  mode: number,
  uid: number,
  gid: number,
  ino: number,
  size: number,
  mtimeSeconds: number,
  mtimeNanos: number,
  ctimeSeconds: number,
  ctimeNanos: number,
  racy: number,
  number: number | null,
]

/** The name last. An ordinary string costs a fifth of a Buffer, so only odd names come as bytes. */
export const NAMED_COLUMNS: string = `${COLUMNS},
  iif(name GLOB '*[^ -~]*', CAST(name AS BLOB), name)`

/** A row of them. */
export type NamedColumns = readonly [...Columns, name: BytePath | Buffer]

/** Returns the columns `mode` to `racy` of what was seen. */
export function stampOf(seen: Readonly<Sighting>): readonly number[] {
  return [
    seen.mode,
    seen.uid,
    seen.gid,
    seen.ino,
    seen.size,
    seen.mtimeSeconds,
    seen.mtimeNanos,
    seen.ctimeSeconds,
    seen.ctimeNanos,
    (seen.flags & SightingFlag.racy) === 0 ? 0 : 1,
  ]
}

/** Returns the entry that a row says. */
export function toEntry(row: readonly [...Columns, ...unknown[]]): Entry {
  return {
    mode: row[0],
    uid: row[1],
    gid: row[2],
    ino: row[3],
    size: row[4],
    mtimeSeconds: row[5],
    mtimeNanos: row[6],
    ctimeSeconds: row[7],
    ctimeNanos: row[8],
    racy: row[9] !== 0,
    number: row[10] ?? undefined,
  }
}

/** Returns the name in a row. */
export function nameIn(row: NamedColumns): BytePath {
  const name = row[11]
  return typeof name === 'string' ? name : fromBytes(name)
}
