import { closeSync, constants, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

import { errnoOf } from '../errors.ts'

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
const PROBE = Buffer.alloc(64 << 10, 'probe')

/** Bytes that are free on the disk of a file that may not be there. Throws an Error with `code`. */
export function freeBytesAt(path: string): number {
  const { bavail, bsize } = statfsSync(dirname(path))
  return bavail * bsize
}

/** Says whether nothing can be written beside a file for want of room, or of quota. */
export function isRoomless(path: string): boolean {
  const probe = `${path}.probe`
  try {
    // One that a daemon left behind which was killed here.
    rmSync(probe, { force: true })
    const file = openSync(probe, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    try {
      writeSync(file, PROBE, 0, PROBE.length, 0)
      fsyncSync(file)
    } finally {
      closeSync(file)
      rmSync(probe, { force: true })
    }
    return false
  } catch (error) {
    const errno = errnoOf(error)
    return errno === 'ENOSPC' || errno === 'EDQUOT'
  }
}
