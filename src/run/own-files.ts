import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'

import { errnoOf } from '../errors.ts'

/** Where the files live that are handed to scripts, and whose they are. */
export interface OwnFiles {
  readonly directory: string
  /** Nobody but clsync uses the directory: where it is gone, clsync makes it again. */
  readonly isOwn: boolean
  /** Tells our files from those of daemons with other databases; see {@link databaseTag}. */
  readonly tag: string
}

/** `list`: events for the script. `failed`: what the script says failed. */
export type OwnFileKind = 'list' | 'failed'

/** Flags of a file that must be new, and is never reached through a link somebody planted. */
export const NEW_FILE: number =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

export const OWNER_ONLY = 0o600

/** Returns what identifies a database in file names. `db` is its absolute path. */
export function databaseTag(db: string): string {
  return createHash('sha256').update(db).digest('hex').slice(0, 12)
}

/** Returns a name that nobody can foresee: `clsync-TAG-RUN-RANDOM.KIND`. */
export function newOwnFile({ directory, tag }: OwnFiles, run: number, kind: OwnFileKind): string {
  return join(directory, `clsync-${tag}-${run}-${randomBytes(16).toString('hex')}.${kind}`)
}

/**
 * Removes what a daemon that died left behind, once none of its scripts reads it any more. What
 * cannot be removed is left for the next time.
 */
export async function removeStaleFiles({ directory, tag }: OwnFiles): Promise<void> {
  const ours = new RegExp(`^clsync-${tag}-\\d+-[0-9a-f]{32}\\.(?:list|failed)$`)
  const names = await readdir(directory).catch(noneIfGone)
  const stale = names.filter((name) => ours.test(name))
  await Promise.allSettled(stale.map((name) => unlink(join(directory, name))))
}

/** With a watch directory that is gone for a while, say; a run will say so if it stays away. */
function noneIfGone(error: unknown): readonly string[] {
  if (errnoOf(error) === 'ENOENT') return []
  throw error
}

/** Makes the names in a directory durable; file systems that cannot do so are left alone. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await directory.sync()
  } catch (error) {
    const errno = errnoOf(error)
    if (errno !== 'EINVAL' && errno !== 'ENOTSUP' && errno !== 'EPERM') throw error
  } finally {
    await directory.close()
  }
}
