import { toBytes } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'

/** No path has so many bytes. */
const BEYOND_ALL: Buffer = Buffer.alloc(1 << 12, 0xff)

/**
 * Returns between which texts all paths below a directory are, compared byte by byte: those below `a`
 * lie between `a/` and `a0`, which is the next after `/`.
 */
export function rangeBelow(path: BytePath): { readonly after: Buffer; readonly end: Buffer } {
  if (path === '') return { after: toBytes(''), end: BEYOND_ALL }
  return { after: toBytes(`${path}/`), end: toBytes(`${path}0`) }
}
