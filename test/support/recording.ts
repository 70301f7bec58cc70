import { join as joinPath } from 'node:path'
import type { TestContext } from 'node:test'

import BetterSqlite3 from 'better-sqlite3'

import { join } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'
import { maskNames } from '../../dist/model/mask.js'
import { DirectoryFlag, type PacketWriter } from '../../dist/model/packet.js'
import { type Sighting } from '../../dist/model/sighting.js'
import type { OwedReconcile } from '../../dist/queue/owed.js'
import type { Queue } from '../../dist/queue/queue.js'
import type { Recorded } from '../../dist/queue/recorded.js'
import { openQueue } from './delivery-rig.ts'
import { fastDirectory } from './fast-directory.ts'
import { packetOf, writeDirectory } from './sightings.ts'
import { SimulatedClock } from './simulated-clock.ts'

/** An entry of the catalogue as the table has it. */
export interface EntryRow {
  readonly directory: number
  readonly mode: number
  readonly ino: number
  readonly size: number
  readonly racy: number
  readonly number: number | null
}

/** A queue that packets are recorded in, and a look at what they left. */
export class Recording {
  readonly clock = new SimulatedClock()
  readonly path: string
  queue: Queue
  /** A connection of somebody else. */
  readonly reader: BetterSqlite3.Database
  /** The reconcile under way. */
  reconcile: OwedReconcile | undefined

  constructor(t: TestContext) {
    this.path = joinPath(fastDirectory(t), 'queue.db')
    this.queue = openQueue(this.path, this.clock)
    this.reader = new BetterSqlite3(this.path)
    t.after(() => {
      this.reader.close()
      this.queue.abandon()
    })
  }

  /** Dies and starts again. */
  reopen(): void {
    this.queue.abandon()
    this.queue = openQueue(this.path, this.clock)
    this.reconcile = undefined
  }

  async record(write: (writer: PacketWriter) => void): Promise<Recorded> {
    const context = { now: this.clock.now(), reconcile: this.reconcile, onHint: undefined }
    return this.queue.record(packetOf(write), () => context)
  }

  /** Records hints at names of a directory. */
  async hints(path: BytePath, ...sightings: readonly Sighting[]): Promise<Recorded> {
    return this.record((writer) => writeDirectory(writer, path, DirectoryFlag.hints, sightings))
  }

  /** Records the whole listing of a directory. */
  async lists(path: BytePath, ...sightings: readonly Sighting[]): Promise<Recorded> {
    return this.record((writer) => writeDirectory(writer, path, DirectoryFlag.whole, sightings))
  }

  /** Begins a reconcile, as the reconciler does. */
  async begin(path: BytePath, owing: Partial<OwedReconcile> = {}): Promise<void> {
    const { tellAll = false, silentBefore, unwatchedRun = false } = owing
    await this.queue.write(() => {
      this.queue.owed.owe(
        { path, reason: 'start', now: this.clock.now(), tellAll, silentBefore, unwatchedRun },
        undefined,
      )
      this.queue.beginReconcile(path)
    })
    this.reconcile = this.queue.owed.find(path)
  }

  /** Ends it, without looking whether too much is deleted. */
  async finish(limit: number = Infinity, generation?: number): Promise<void> {
    const { reconcile } = this
    if (reconcile === undefined) return
    await this.queue.write(() => {
      this.queue.held.judge({ unit: 'entries', limit }, this.clock.now())
      this.queue.owed.settle(reconcile.path, generation ?? reconcile.generation)
    })
    this.reconcile = undefined
  }

  /** `path` → `MASK NAMES`, with the class or state where it is not the usual. */
  events(): Record<BytePath, string> {
    const rows = this.reader
      .prepare(
        'SELECT CAST(path AS BLOB) AS path, mask, size_class, state FROM event ORDER BY path',
      )
      .all() as { path: Buffer; mask: number; size_class: string; state: string }[]
    return Object.fromEntries(
      rows.map(({ path, mask, size_class, state }) => {
        const words = [maskNames(mask), size_class, state]
        const usual = new Set(['ordinary', 'pending'])
        return [path.toString('latin1'), words.filter((word) => !usual.has(word)).join(' ')]
      }),
    )
  }

  /** Forgets all events, as if they had been delivered. */
  async deliverAll(): Promise<void> {
    this.reader.exec('DELETE FROM event')
  }

  /** The catalogue by path. */
  entries(): Map<BytePath, EntryRow> {
    const rows = this.reader
      .prepare('SELECT *, CAST(name AS BLOB) AS bytes FROM entry WHERE directory > 0')
      .all() as (EntryRow & { bytes: Buffer })[]
    const byDirectory = new Map<number, typeof rows>()
    for (const row of rows) {
      byDirectory.set(row.directory, [...(byDirectory.get(row.directory) ?? []), row])
    }
    const entries = new Map<BytePath, EntryRow>()
    const walk = (number: number, path: BytePath): void => {
      for (const { bytes, ...row } of byDirectory.get(number) ?? []) {
        const name = join(path, bytes.toString('latin1'))
        entries.set(name, row)
        if (row.number !== null) walk(row.number, name)
      }
    }
    walk(1, '')
    return entries
  }

  /** Paths of the catalogue, in order. */
  paths(): BytePath[] {
    return [...this.entries().keys()].toSorted()
  }
}
