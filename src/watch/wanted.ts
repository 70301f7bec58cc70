import { parentOf } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import type { Accepts } from './contract.ts'

/** Says whether a directory and all above it are accepted: rules judge one path. */
export function isWanted(directory: BytePath, accepts: Accepts): boolean {
  for (let at = directory; at !== ''; at = parentOf(at)) if (!accepts(at, true)) return false
  return true
}
