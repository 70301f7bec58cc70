import type { Dir } from 'node:fs'
import { lstatSync, opendirSync, statSync } from 'node:fs'
import { sep } from 'node:path'

import { errnoOf } from '../errors.ts'
import { toBytes } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { SightingFlag } from '../model/sighting.ts'
import type { Sighting } from '../model/sighting.ts'
import { NameKind } from './tree-reader.ts'
import type { OpenDirectory, TreeReader } from './tree-reader.ts'

/** Names read from the system at a time. */
const BUFFERED_NAMES = 256
const SEPARATOR = Buffer.from(sep)
const HERE = Buffer.from('.')
const NANOS = 1_000_000_000n

/**
 * Reads trees by `node:fs`, on any platform. Symlinks on the way are looked for before a directory is
 * opened; one that is put there in the very same moment is followed, which only the Linux reader can
 * prevent. Throws an Error with `code` when the root cannot be looked at.
 */
export function portableReader(root: string): TreeReader {
  const base = Buffer.from(root)
  statSync(base)
  return {
    open: (directory) => {
      const path = checkedPath(base, directory)
      // Only the watch directory itself may be a symlink, and stands for where it leads.
      const itself = directory === '' ? below(path, HERE) : path
      return new PortableDirectory(path, itself, openListing(path))
    },
    rest: () => undefined,
  }
}

/** Returns the path to open, when only directories are on the way. */
function checkedPath(base: Buffer, directory: BytePath): Buffer {
  let path = base
  for (const name of directory === '' ? [] : directory.split('/')) {
    path = below(path, toBytes(name))
    const found = lstatSync(path)
    if (found.isSymbolicLink()) throw failure('ELOOP', path)
    if (!found.isDirectory()) throw failure('ENOTDIR', path)
  }
  return path
}

function openListing(path: Buffer): Dir {
  // The types do not know `buffer`, which is what keeps names that are not UTF-8.
  const encoding = 'buffer' as BufferEncoding
  return opendirSync(path, { encoding, bufferSize: BUFFERED_NAMES })
}

function failure(code: string, path: Buffer): Error {
  return Object.assign(new Error(`${code}: ${path.toString()}`), { code })
}

function below(directory: Buffer, name: Buffer): Buffer {
  return Buffer.concat([directory, SEPARATOR, name])
}

class PortableDirectory implements OpenDirectory {
  readonly #path: Buffer
  readonly #itself: Buffer
  readonly #listing: Dir

  constructor(path: Buffer, itself: Buffer, listing: Dir) {
    this.#path = path
    this.#itself = itself
    this.#listing = listing
  }

  next(names: Buffer[], kinds: NameKind[], limit: number): number {
    let count = 0
    while (count < limit) {
      const found = this.#listing.readSync()
      if (found === null) break
      names[count] = found.name as unknown as Buffer
      kinds[count] = found.isDirectory() ? NameKind.directory : NameKind.other
      count += 1
    }
    return count
  }

  look(name: Buffer, into: Sighting): string | undefined {
    try {
      fill(into, name.length === 0 ? this.#itself : below(this.#path, name))
      return undefined
    } catch (error) {
      const errno = errnoOf(error)
      const gone = errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'ENAMETOOLONG'
      into.flags = gone ? SightingFlag.gone : SightingFlag.unknown
      return gone ? undefined : (errno ?? 'EIO')
    }
  }

  close(): void {
    this.#listing.closeSync()
  }
}

function fill(into: Sighting, path: Buffer): void {
  const found = lstatSync(path, { bigint: true })
  into.flags = SightingFlag.present
  into.mode = Number(found.mode)
  into.uid = Number(found.uid)
  into.gid = Number(found.gid)
  into.ino = Number(BigInt.asUintN(53, found.ino))
  into.size = Number(found.size)
  into.mtimeNanos = nanosOf(found.mtimeNs)
  into.mtimeSeconds = Number((found.mtimeNs - BigInt(into.mtimeNanos)) / NANOS)
  into.ctimeNanos = nanosOf(found.ctimeNs)
  into.ctimeSeconds = Number((found.ctimeNs - BigInt(into.ctimeNanos)) / NANOS)
}

/** Times before 1970 count their nanoseconds upwards too, as the kernel does. */
function nanosOf(time: bigint): number {
  return Number(((time % NANOS) + NANOS) % NANOS)
}
