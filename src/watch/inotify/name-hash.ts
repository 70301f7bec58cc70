const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** FNV-1a of the parent's slot and the bytes `source[start]` to `source[end]` of a name. */
export function hashName(parent: number, source: Buffer, start: number, end: number): number {
  let hash = Math.imul(parent ^ FNV_OFFSET, FNV_PRIME)
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (source[at] ?? 0), FNV_PRIME)
  // The low bits choose the bucket; let the high ones have a say.
  return hash ^ (hash >>> 15)
}
