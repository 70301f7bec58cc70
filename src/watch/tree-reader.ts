import type { BytePath } from '../model/glossary.ts'
import type { Sighting } from '../model/sighting.ts'

/** What a listing alone says of a name, without looking at it. */
export const NameKind = {
  other: 0,
  directory: 1,
  /** The file system does not say: look. */
  unknown: 2,
} as const
export type NameKind = (typeof NameKind)[keyof typeof NameKind]

/** Lists and looks at names below the watch directory, by exact bytes. */
export interface TreeReader {
  /**
   * Opens a directory. Never follows a symlink below the watch directory, not even one that was put
   * into the middle of the path just now. Throws an Error with `code`: ENOENT, ENOTDIR, ELOOP (a
   * symlink is in the way), EACCES, …
   */
  open(directory: BytePath): OpenDirectory
  /** Lets go of the watch directory until it is needed again, so that it can be unmounted. */
  rest(): void
}

export interface OpenDirectory {
  /**
   * Reads up to `limit` further names, without `.` and `..`, to the start of `names` and their kinds
   * to the start of `kinds`, and returns how many; 0 says that there are no more. The names hold
   * until the next call. Throws an Error with `code`.
   */
  next(names: Buffer[], kinds: NameKind[], limit: number): number
  /**
   * `lstat` of a name in the directory (empty: of the directory itself) into the flags `present`,
   * `gone` or `unknown` and the stat fields of `into`; its name and mask stay. Returns the errno's
   * name when it is unknown.
   */
  look(name: Buffer, into: Sighting): string | undefined
  close(): void
}
