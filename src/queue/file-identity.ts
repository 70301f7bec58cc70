import { statSync } from 'node:fs'

/** Returns what tells the file at a path from all others there are; undefined when there is none. */
export function fileIdentityAt(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? undefined : `${stat.dev}/${stat.ino}`
}
