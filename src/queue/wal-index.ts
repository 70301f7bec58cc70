import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { endianness, uptime } from 'node:os'

import { WalChecksum } from './wal-checksum.ts'

/** What a `-shm` file says of the write-ahead log beside it. */
export interface WalIndex {
  /** Frames up to the last one committed; they were written before this, but maybe not synced. */
  readonly frames: number
  /** How many of them are in the database file too. */
  readonly copied: number
  /** Tells this log from earlier ones in the same file. */
  readonly salt: Buffer
}

// https://sqlite.org/walformat.html, 2.1: two copies of a header, then how far checkpoints came.
const HEADER_BYTES = 48
const IS_BEGUN_AT = 12
const FRAMES_AT = 16
const SALT_AT = 32
const CHECKSUM_AT = 40
const COPIED_AT = 2 * HEADER_BYTES
const BYTES = COPIED_AT + 4

/**
 * Reads what a `-shm` file says; undefined when there is none, or it says nothing for sure: it was
 * written in another boot, whose end left anything in it. It may even know of frames that never came
 * to the disk, since not every commit waits for that.
 *
 * Must not be called while this process has the database open in SQLite (see `private-file.ts`).
 */
export function readWalIndex(path: string): WalIndex | undefined {
  const bytes = readBeginning(path)
  if (bytes.length < BYTES || bytes[IS_BEGUN_AT] !== 1) return undefined
  const header = bytes.subarray(0, HEADER_BYTES)
  if (!header.equals(bytes.subarray(HEADER_BYTES, 2 * HEADER_BYTES))) return undefined
  const checksum = new WalChecksum(endianness())
  checksum.add(header.subarray(0, CHECKSUM_AT))
  if (!checksum.isWrittenAt(header, CHECKSUM_AT, endianness())) return undefined
  return {
    frames: wordAt(bytes, FRAMES_AT),
    copied: wordAt(bytes, COPIED_AT),
    salt: header.subarray(SALT_AT, CHECKSUM_AT),
  }
}

/** Numbers in it are in the order of the machine. */
function wordAt(bytes: Buffer, offset: number): number {
  return endianness() === 'LE' ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset)
}

function readBeginning(path: string): Buffer {
  const bytes = Buffer.alloc(BYTES)
  try {
    const file = openSync(path, 'r')
    try {
      if (!isOfThisBoot(fstatSync(file).mtimeMs)) return bytes.subarray(0, 0)
      return bytes.subarray(0, readSync(file, bytes, 0, BYTES, 0))
    } finally {
      closeSync(file)
    }
  } catch {
    return bytes.subarray(0, 0)
  }
}

/**
 * Says whether a file was written since the machine was booted, by the clock as it is now. A time that
 * is yet to come says nothing: machines without a clock of their own begin behind.
 */
function isOfThisBoot(writtenAt: number): boolean {
  const now = Date.now()
  return writtenAt >= now - uptime() * 1_000 && writtenAt <= now
}
