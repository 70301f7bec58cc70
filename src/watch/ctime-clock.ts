import { statfsSync } from 'node:fs'
import { platform, release } from 'node:os'

import { errnoOf } from '../errors.ts'

/**
 * Whose clock writes a file system's ctime:
 *
 * - `exact`: once a ctime was asked for, the next change gets a later one (multigrain timestamps)
 * - `ticking`: the kernel's clock, which stands still for up to a tick (1-15 ms)
 * - `foreign`: a server's clock, which may be late
 */
export type CtimeClock = 'exact' | 'ticking' | 'foreign'

/** Multigrain timestamps are in ext4, xfs, btrfs and tmpfs since Linux 6.13. */
const MULTIGRAIN_SINCE: readonly [number, number] = [6, 13]

/** Numbers of `linux/magic.h`. */
const MULTIGRAIN_TYPES: ReadonlySet<number> = new Set([
  0xef53, // ext4; ext2 and ext3 are mounted by the same driver
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x01021994, // tmpfs
])

const REMOTE_TYPES: ReadonlySet<number> = new Set([
  0x6969, // nfs
  0xff534d42, // cifs
  0xfe534d42, // smb2
  0x517b, // smb
  0x01021997, // 9p
  0x00c36400, // ceph
  0x5346414f, // afs
  0x65735546, // fuse: sshfs and others may be remote
  0x0bd00bd0, // lustre
])

/** Returns whose clock the file system at this path uses; `ticking` where nobody can say. */
export function ctimeClockOf(path: Buffer | string, kernel: string = release()): CtimeClock {
  if (platform() !== 'linux') return 'ticking'
  try {
    return classify(statfsSync(path).type, kernel)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return 'ticking'
  }
}

/**
 * Returns the clock of a file system type on a Linux release.
 *
 * @param type `f_type` of statfs(2)
 * @param kernel `uname -r`
 */
export function classify(type: number, kernel: string): CtimeClock {
  const unsigned = type >>> 0
  if (REMOTE_TYPES.has(unsigned)) return 'foreign'
  return MULTIGRAIN_TYPES.has(unsigned) && hasMultigrain(kernel) ? 'exact' : 'ticking'
}

function hasMultigrain(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split(/[.-]/).map(Number)
  const [sinceMajor, sinceMinor] = MULTIGRAIN_SINCE
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor)
}
