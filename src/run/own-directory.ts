/**
 * Returns the directory of the files that are handed to scripts: the list directory, or one beside
 * the database. Alone in its file, since it is needed before everything is watched.
 */
export function ownDirectoryOf(given: {
  readonly db: string
  readonly listsDir: string | undefined
}): string {
  return given.listsDir ?? `${given.db}.runs`
}
