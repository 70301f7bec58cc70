import { lstatSync, readdirSync } from 'node:fs'

import { fromBytes, join, toBytes } from '../../dist/model/byte-path.js'
import type { Sighting } from '../../dist/model/sighting.js'

/** What identifies a name's state well enough for tests. */
export function stateOf(seen: Pick<Sighting, 'mode' | 'ino' | 'size'>): string {
  const isDirectory = (seen.mode & 0o170_000) === 0o040_000
  return `${seen.mode.toString(8)} ${seen.ino} ${isDirectory ? 'directory' : seen.size}`
}

/** Returns the state of every name below the directory, by exact bytes. */
export function readTree(
  root: string,
  accepts: (path: string, isDirectory: boolean) => boolean = () => true,
): Map<string, string> {
  const found = new Map<string, string>()
  const waiting = ['']
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const directory = Buffer.concat([Buffer.from(`${root}/`), toBytes(at), Buffer.from('/')])
    for (const name of readdirSync(directory, { encoding: 'buffer' })) {
      const path = join(at, fromBytes(name))
      const seen = lstatSync(Buffer.concat([directory, name]))
      if (!accepts(path, seen.isDirectory())) continue
      found.set(path, stateOf(seen))
      if (seen.isDirectory()) waiting.push(path)
    }
  }
  return found
}
