import { spawnSync } from 'node:child_process'
import { chownSync, lchownSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const NOBODY = 65_534

/** Why programs cannot be run as a user without rights here, or false. */
export function notAsNobody(): string | false {
  if (process.getuid?.() !== 0) return 'only root can run programs as somebody else'
  return spawnSync('setpriv', ['--version']).status === 0 ? false : 'there is no setpriv here'
}

/** Gives a directory to a user without rights; returns what runs a program as that user. */
export function asNobody(directory: string): readonly string[] {
  give(directory)
  return ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
}

function give(directory: string): void {
  chownSync(directory, NOBODY, NOBODY)
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) give(path)
    else lchownSync(path, NOBODY, NOBODY)
  }
}
