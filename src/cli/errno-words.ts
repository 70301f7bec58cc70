import { describe, errnoOf } from '../errors.ts'

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'it is a directory',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of the path is not a directory',
  EROFS: 'the file system is read-only',
}

/** Returns what a system error means, in a few words without the path. */
export function inWords(error: unknown): string {
  const errno = errnoOf(error)
  if (errno === undefined) return describe(error)
  return WORDS[errno] ?? errno
}
