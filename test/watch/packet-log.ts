import { fromBytes, join } from '../../dist/model/byte-path.js'
import { DirectoryFlag, readPacket } from '../../dist/model/packet.js'
import { SightingFlag } from '../../dist/model/sighting.js'
import type { Sighting } from '../../dist/model/sighting.js'

/** A packet's record in words, for comparison in tests. */
export type PacketRecord =
  | { readonly type: 'directory'; readonly path: string; readonly flag: string }
  | {
      readonly type: 'sighting'
      readonly path: string
      readonly flags: readonly string[]
      readonly mask: number
      readonly seen: Readonly<Sighting>
    }
  | { readonly type: 'renamed'; readonly from: string; readonly to: string }
  | { readonly type: 'below'; readonly path: string; readonly reason: string }
  | {
      readonly type: 'crawled'
      readonly crawl: number
      readonly directories: number
      readonly entries: number
    }

/** Returns the records of a packet, in order. */
export function recordsOf(packet: Uint8Array): PacketRecord[] {
  const records: PacketRecord[] = []
  let directory = ''
  readPacket(packet, {
    directory(path, flag) {
      directory = path
      records.push({ type: 'directory', path, flag: nameOf(DirectoryFlag, flag) })
    },
    sighting(sighting) {
      const seen = { ...sighting, name: Buffer.from(sighting.name) }
      const path = join(directory, fromBytes(seen.name))
      records.push({ type: 'sighting', path, flags: flagNames(seen.flags), mask: seen.mask, seen })
    },
    renamed: (from, to) => void records.push({ type: 'renamed', from, to }),
    below: (path, reason) => void records.push({ type: 'below', path, reason }),
    crawled: (crawl, directories, entries) =>
      void records.push({ type: 'crawled', crawl, directories, entries }),
  })
  return records
}

/** Returns `path flag,flag` of each sighting, in order. */
export function sightingLines(records: readonly PacketRecord[]): string[] {
  return records
    .filter((record) => record.type === 'sighting')
    .map(({ path, flags }) => `${path} ${flags.join(',')}`)
}

function flagNames(flags: number): string[] {
  return Object.entries(SightingFlag)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name)
}

function nameOf(names: Readonly<Record<string, number>>, value: number): string {
  return Object.entries(names).find(([, number]) => number === value)?.[0] ?? `${value}?`
}
