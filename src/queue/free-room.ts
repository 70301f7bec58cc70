import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'

/** Bytes that are free on the disk of a file that may not be there. Throws an Error with `code`. */
export function freeBytesAt(path: string): number {
  const { bavail, bsize } = statfsSync(dirname(path))
  return bavail * bsize
}
