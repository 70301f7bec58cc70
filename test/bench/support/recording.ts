import { join } from 'node:path'

import { IN_CREATE, IN_MODIFY } from '../../../dist/model/mask.js'
import { type PacketVisitor, readPacket } from '../../../dist/model/packet.js'
import { type Sighting } from '../../../dist/model/sighting.js'
import type { Queue } from '../../../dist/queue/queue.js'
import { bareUpserts } from './bare-upserts.ts'
import { fileNames, openQueue, packetsOf, record, SIGHTINGS_AT_ONCE } from './bench-queue.ts'

/** Milliseconds that recording all files took. */
export interface Recording {
  readonly creations: number
  readonly modifications: number
}

/** The yardstick: prepared upserts and nothing else. */
export async function recordBare(directory: string, count: number): Promise<Recording> {
  const file = join(directory, 'bare.db')
  await (await openQueue(file)).close()
  const masks = [IN_CREATE, IN_MODIFY]
  const times = bareUpserts(file, fileNames(0, count), masks, SIGHTINGS_AT_ONCE)
  return { creations: times[0] ?? NaN, modifications: times[1] ?? NaN }
}

/** The whole intake: packets are read, compared, written as events and entries. */
export function recordWhole(directory: string, count: number): Promise<Recording> {
  return recordWith(join(directory, 'whole.db'), count, record)
}

/** The intake as it would be without a catalogue: packets are read and written as events. */
export function recordEvents(directory: string, count: number): Promise<Recording> {
  return recordWith(join(directory, 'events.db'), count, async (queue, packets) => {
    const visitor = new EventsOnly(queue)
    for (const packet of packets) await queue.write(() => readPacket(packet, visitor))
  })
}

async function recordWith(
  file: string,
  count: number,
  write: (queue: Queue, packets: readonly Uint8Array[]) => Promise<void>,
): Promise<Recording> {
  const queue = await openQueue(file)
  const names = fileNames(0, count)
  const times: number[] = []
  for (const packets of [packetsOf(names, IN_CREATE, 1), packetsOf(names, IN_MODIFY, 2)]) {
    const began = performance.now()
    await write(queue, packets)
    times.push(performance.now() - began)
  }
  await queue.close()
  return { creations: times[0] ?? NaN, modifications: times[1] ?? NaN }
}

class EventsOnly implements PacketVisitor {
  readonly #queue: Queue
  #prefix = Buffer.alloc(0)

  constructor(queue: Queue) {
    this.#queue = queue
  }

  directory(path: string): void {
    this.#prefix = Buffer.from(`${path}/`, 'latin1')
  }

  sighting({ name, mask }: Readonly<Sighting>): void {
    const path = Buffer.concat([this.#prefix, name])
    this.#queue.events.upsert(path, mask, 'ordinary', Date.now())
  }

  renamed(): void {}
  below(): void {}
  crawled(): void {}
}
