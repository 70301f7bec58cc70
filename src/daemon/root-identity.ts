import { accessSync, constants, statfsSync, statSync } from 'node:fs'

import { ClsyncError, errnoOf } from '../errors.ts'
import type { RootIdentity } from '../queue/daemon-row.ts'

/** Birth time where the file system does not say. */
const NOT_SAID = '0'
/** `f_type` of overlayfs (statfs(2)). */
const OVERLAY = 0x794c_7630

/** What was found where the watch directory should be. */
export type RootLook =
  | { readonly found: true; readonly identity: RootIdentity }
  | { readonly found: false; readonly why: string }

/** Looks at the watch directory; a symbolic link given on the command line is followed. */
export function lookAtRoot(watchDir: string): RootLook {
  try {
    const stat = statSync(watchDir, { bigint: true })
    if (!stat.isDirectory()) return { found: false, why: `${watchDir} is not a directory any more` }
    accessSync(watchDir, constants.R_OK | constants.X_OK)
    return {
      found: true,
      identity: {
        dev: Number(stat.dev),
        ino: Number(BigInt.asUintN(53, stat.ino)),
        born: stat.birthtimeNs.toString(),
      },
    }
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT') return { found: false, why: `${watchDir} is gone` }
    return { found: false, why: `${watchDir} cannot be read (${errno ?? 'unknown error'})` }
  }
}

/**
 * Says whether a directory is the one that was recorded. Device numbers are given anew at boot, so
 * the same inode with the same birth time is the same directory on whatever device number; and with
 * another birth time it is another, since an empty file system mounted in the place of one like it
 * gets the device number and the inode of that. Only an overlay gives a directory another birth time,
 * when something is first written to it.
 *
 * @param watchDir leads to `present`
 */
export function isSameRoot(
  recorded: RootIdentity,
  present: RootIdentity,
  watchDir: string,
): boolean {
  if (recorded.ino !== present.ino) return false
  if (recorded.born === present.born && present.born !== NOT_SAID) return true
  if (recorded.dev !== present.dev) return false
  return recorded.born === NOT_SAID || present.born === NOT_SAID || isOverlay(watchDir)
}

function isOverlay(directory: string): boolean {
  try {
    return statfsSync(directory).type === OVERLAY
  } catch {
    return false
  }
}

/** Returns what the watch directory is now. @throws ClsyncError `usage` when it cannot be used */
export function presentIdentity(watchDir: string): RootIdentity {
  const look = lookAtRoot(watchDir)
  if (look.found) return look.identity
  throw new ClsyncError('usage', `watch directory: ${look.why}`, {
    hint: 'bring it back (mount it?), or give another one',
  })
}

/** Says whether the watch directory is another one than was recorded. */
export function isReplaced(watchDir: string, recorded: RootIdentity | undefined): boolean {
  return recorded !== undefined && !isSameRoot(recorded, presentIdentity(watchDir), watchDir)
}
