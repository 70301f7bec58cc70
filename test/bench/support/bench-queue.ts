import { systemClock } from '../../../dist/clock.js'
import { DirectoryFlag, PacketWriter } from '../../../dist/model/packet.js'
import { emptySighting, SightingFlag } from '../../../dist/model/sighting.js'
import { Queue } from '../../../dist/queue/queue.js'

/** Directory and name of a file of the watched tree. */
export type FileName = readonly [directory: string, name: string]

/** Sightings in one packet: about what the watch thread sends of a burst. */
export const SIGHTINGS_AT_ONCE = 10_000
const PER_DIRECTORY = 1_000
const REGULAR_FILE = 0o100_644

/** Opens a new queue as the daemon does. */
export async function openQueue(path: string): Promise<Queue> {
  const queue = new Queue({
    path,
    clock: systemClock(),
    bigFileThreshold: 2 ** 27,
    onMigrated: () => undefined,
    listener: { waiting: () => undefined, recovered: () => undefined },
  })
  await queue.write(() => queue.daemon.started('/bench', 'bench', Date.now()))
  return queue
}

/** Names files in directories of 1,000, counted from `first`. */
export function fileNames(first: number, count: number): readonly FileName[] {
  return Array.from({ length: count }, (_, index) => [
    `directory${Math.floor((first + index) / PER_DIRECTORY)}`,
    `file${(first + index) % PER_DIRECTORY}.txt`,
  ])
}

/** What the watch thread would send for these files; `generation` makes their ctime differ. */
export function packetsOf(
  names: readonly FileName[],
  mask: number,
  generation: number,
): readonly Uint8Array[] {
  const packets: Uint8Array[] = []
  for (let at = 0; at < names.length; at += SIGHTINGS_AT_ONCE) {
    packets.push(packetOf(names.slice(at, at + SIGHTINGS_AT_ONCE), mask, generation))
  }
  return packets
}

/** Records packets as the daemon's intake does, each in a durable transaction. */
export async function record(queue: Queue, packets: readonly Uint8Array[]): Promise<void> {
  for (const packet of packets) {
    await queue.record(packet, () => ({ now: Date.now(), reconcile: undefined, onHint: undefined }))
  }
}

function packetOf(names: readonly FileName[], mask: number, generation: number): Uint8Array {
  const writer = new PacketWriter()
  const sighting = emptySighting()
  sighting.flags = SightingFlag.present
  sighting.mode = REGULAR_FILE
  sighting.mask = mask
  sighting.mtimeSeconds = sighting.ctimeSeconds = 1_700_000_000 + generation
  let current = ''
  for (const [index, [directory, name]] of names.entries()) {
    if (directory !== current) writer.directory(directory, DirectoryFlag.hints)
    current = directory
    sighting.name = Buffer.from(name)
    sighting.ino = 1_000_000 + index
    sighting.ctimeNanos = index
    writer.sighting(sighting)
  }
  return writer.take()
}
