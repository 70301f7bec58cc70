import { fromBytes, toBytes } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'
import { type DirectoryFlag, PacketWriter } from '../../dist/model/packet.js'
import { emptySighting, type Sighting, SightingFlag } from '../../dist/model/sighting.js'

export const FILE = 0o100644
export const DIRECTORY = 0o040755
export const SYMLINK = 0o120777

/** What `lstat` would have said; times are seconds. */
export interface Look {
  readonly mode?: number
  readonly uid?: number
  readonly ino?: number
  readonly size?: number
  readonly mtime?: number
  readonly ctime?: number
  readonly racy?: boolean
  /** Bits of the hint. */
  readonly mask?: number
}

/** A regular file, as seen now; without further words two of one name are the same. */
export function file(name: BytePath, look: Look = {}): Sighting {
  const { mode = FILE, mtime = 1_000, ctime = 1_000, ino = numberFrom(name) } = look
  return {
    ...emptySighting(),
    name: toBytes(name),
    flags: SightingFlag.present | (look.racy === true ? SightingFlag.racy : 0),
    mask: look.mask ?? 0,
    mode,
    uid: look.uid ?? 0,
    ino,
    size: look.size ?? 10,
    mtimeSeconds: Math.floor(mtime),
    mtimeNanos: nanosOf(mtime),
    ctimeSeconds: Math.floor(ctime),
    ctimeNanos: nanosOf(ctime),
  }
}

export function directory(name: BytePath, look: Look = {}): Sighting {
  return file(name, { mode: DIRECTORY, ...look })
}

/** It is not there any more. */
export function gone(name: BytePath, mask: number = 0): Sighting {
  return { ...emptySighting(), name: toBytes(name), flags: SightingFlag.gone, mask }
}

/** `lstat` failed. */
export function unknown(name: BytePath, mask: number = 0): Sighting {
  return { ...gone(name, mask), flags: SightingFlag.unknown }
}

/** The rules do not want it. */
export function rejected(sighting: Sighting): Sighting {
  return { ...sighting, flags: sighting.flags | SightingFlag.rejected }
}

/** Returns what the writer was made to write. */
export function packetOf(write: (writer: PacketWriter) => void): Uint8Array {
  const writer = new PacketWriter()
  write(writer)
  return writer.take()
}

/** Writes a directory with its sightings. */
export function writeDirectory(
  writer: PacketWriter,
  path: BytePath,
  flag: DirectoryFlag,
  sightings: readonly Sighting[],
): void {
  writer.directory(path, flag)
  for (const sighting of sightings) writer.sighting(sighting)
}

/** A number that goes with a name. */
function numberFrom(name: BytePath): number {
  let number = 7
  for (const byte of toBytes(fromBytes(Buffer.from(name, 'latin1')))) {
    number = (number * 31 + byte) % 1_000_003
  }
  return number
}

function nanosOf(seconds: number): number {
  return Math.round((seconds - Math.floor(seconds)) * 1e9)
}
