import { closeSync, openSync, readSync } from 'node:fs'

import { errnoOf } from '../errors.ts'
import { type ByteOrder, WalChecksum } from './wal-checksum.ts'

// https://sqlite.org/walformat.html, 1.1 and 1.2
const HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
const MAGIC = 0x377f0682
const PAGE_SIZE_AT = 8
const SALT_AT = 16
const CHECKSUM_AT = 24
const FRAME_SALT_AT = 8
const FRAME_CHECKSUM_AT = 16
const SALT_BYTES = 8
/** Frames are read in portions of about this many bytes. */
const PORTION_BYTES = 1 << 20

/** A write-ahead log as it is on disk. */
export interface WalFile {
  /** Tells this log from earlier ones in the same file. */
  readonly salt: Buffer
  /** Frames from the beginning on that SQLite would accept after a crash. */
  readonly frames: number
}

/** Bytes that a log of so many frames has at least. */
export function leastBytes(frames: number, pageSize: number): number {
  return HEADER_BYTES + frames * (FRAME_HEADER_BYTES + pageSize)
}

/**
 * Reads a write-ahead log: an accepted frame has the salt of the log and the checksum of everything
 * before it. A torn end is how crashes look. Undefined when there is none, or not even its beginning is sound.
 *
 * Reading it takes no lock from SQLite, whose locks are on the `-shm` file.
 *
 * @param atMost frames; the others are not looked at
 * @throws Error with `code` when it cannot be looked at
 */
export function readWalFile(path: string, atMost: number): WalFile | undefined {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    return readOpened(file, atMost)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function readOpened(file: number, atMost: number): WalFile | undefined {
  const header = Buffer.alloc(HEADER_BYTES)
  if (readSync(file, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return undefined
  const order = orderOf(header.readUInt32BE(0))
  if (order === undefined) return undefined
  const checksum = new WalChecksum(order)
  checksum.add(header.subarray(0, CHECKSUM_AT))
  if (!checksum.isWrittenAt(header, CHECKSUM_AT, 'BE')) return undefined
  const salt = header.subarray(SALT_AT, SALT_AT + SALT_BYTES)
  let sound = 0
  for (const frame of wholeFrames(file, header.readUInt32BE(PAGE_SIZE_AT))) {
    if (sound === atMost || !isSound(frame, salt, checksum)) break
    sound++
  }
  return { salt, frames: sound }
}

function orderOf(magic: number): ByteOrder | undefined {
  if (magic === MAGIC) return 'LE'
  return magic === MAGIC + 1 ? 'BE' : undefined
}

function isSound(frame: Buffer, salt: Buffer, checksum: WalChecksum): boolean {
  if (!frame.subarray(FRAME_SALT_AT, FRAME_SALT_AT + SALT_BYTES).equals(salt)) return false
  checksum.add(frame.subarray(0, FRAME_SALT_AT))
  checksum.add(frame.subarray(FRAME_HEADER_BYTES))
  return checksum.isWrittenAt(frame, FRAME_CHECKSUM_AT, 'BE')
}

/** Whole frames in order; each is valid until the next is asked for. */
function* wholeFrames(file: number, pageSize: number): IterableIterator<Buffer> {
  const frameBytes = FRAME_HEADER_BYTES + pageSize
  const portion = Buffer.alloc(frameBytes * Math.max(1, Math.floor(PORTION_BYTES / frameBytes)))
  for (let offset = HEADER_BYTES; ; offset += portion.length) {
    const bytes = readSync(file, portion, 0, portion.length, offset)
    for (let at = 0; at + frameBytes <= bytes; at += frameBytes) {
      yield portion.subarray(at, at + frameBytes)
    }
    if (bytes < portion.length) return
  }
}
