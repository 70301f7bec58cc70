import type { Clock } from '../clock.ts'
import type { BytePath } from '../model/glossary.ts'
import { Ballast } from './ballast.ts'
import { Catalogue } from './catalogue.ts'
import { DaemonRow } from './daemon-row.ts'
import type { Database, DatabaseListener } from './database.ts'
import { Departures } from './departures.ts'
import { EventStore } from './event-store.ts'
import { Ghosts } from './ghosts.ts'
import { HeldDeletions } from './held-deletions.ts'
import { doubtLastWrites } from './last-writes.ts'
import type { InstanceLock } from './lock.ts'
import { openDatabase, type Replacement } from './opening.ts'
import { OwedReconciles, type Owing } from './owed.ts'
import type { RecordContext, Recorded } from './recorded.ts'
import { Recorder } from './recorder.ts'
import { RunStore } from './run-store.ts'

export interface QueueSettings {
  /** Absolute path of the database. */
  readonly path: string
  readonly clock: Clock
  readonly listener: DatabaseListener
  /** Regular files above this many bytes are `big`. */
  readonly bigFileThreshold: number
  /** Crash tests die here. */
  readonly onMigrated: (version: number) => void
  /** Why the database must not be used again: it is moved aside. */
  readonly distrusted?: string | undefined
}

/**
 * The queue in its database: locked for one daemon, migrated, and the stores over its tables. All
 * writes go through {@link write}, which makes them durable before it resolves.
 */
export class Queue {
  readonly events: EventStore
  readonly runs: RunStore
  readonly catalogue: Catalogue
  readonly owed: OwedReconciles
  readonly ghosts: Ghosts
  readonly held: HeldDeletions
  readonly daemon: DaemonRow
  /** The database before this one was lost. */
  readonly replaced: Replacement | undefined
  readonly #lock: InstanceLock
  readonly #database: Database
  readonly #ballast: Ballast
  readonly #departures: Departures
  readonly #recorder: Recorder

  /** @throws ClsyncError `locked` or `database` */
  constructor(settings: QueueSettings) {
    const ballast = new Ballast(settings.path)
    const makeRoom = (): boolean => ballast.release()
    const opening = { ...settings, makeRoom, onRollback: () => this.#forget() }
    const { lock, database, replaced } = openDatabase(opening, settings.distrusted)
    this.#lock = lock
    this.#database = database
    this.#ballast = ballast
    this.replaced = replaced
    const { connection } = database
    this.events = new EventStore(connection)
    this.runs = new RunStore(connection)
    this.catalogue = new Catalogue(connection)
    this.owed = new OwedReconciles(connection)
    this.ghosts = new Ghosts(connection, this.catalogue, this.events)
    this.held = new HeldDeletions(connection, this)
    this.daemon = new DaemonRow(connection)
    this.#departures = new Departures(connection, this)
    this.#recorder = new Recorder({
      connection,
      events: this.events,
      catalogue: this.catalogue,
      ghosts: this.ghosts,
      departures: this.#departures,
      owe: (owing, begun) => this.owe(owing, begun),
      held: this.held,
      bigFileThreshold: settings.bigFileThreshold,
    })
  }

  get version(): number {
    return this.#database.version
  }

  /**
   * Runs `body` in a transaction that is durable when the promise resolves. It may run more than
   * once and must leave no traces outside the stores when it throws.
   */
  write<T>(body: () => T): Promise<T> {
    return this.#database.write(body)
  }

  /**
   * The same for what only matters as long as the machine runs: who has which events, and how it
   * goes. It outlives the daemon, but maybe not a power cut, and costs no fsync.
   */
  note<T>(body: () => T): Promise<T> {
    return this.#database.write(body, 'daemon')
  }

  /** Records what the watch thread saw: events and entries in one transaction. */
  record(packet: Uint8Array, context: () => RecordContext): Promise<Recorded> {
    return this.write(() => this.#recorder.record(packet, context()))
  }

  /** A run succeeded: what did not change meanwhile is done (P2); called in a transaction. */
  acknowledge(run: number, now: number): void {
    this.ghosts.told(run, now)
    this.#departures.told(run, now)
    this.events.acknowledge(run)
  }

  /** Forgets what was only kept for hints on their way; call now and then. */
  async tidy(now: number): Promise<void> {
    if (!this.ghosts.some && !this.#departures.isDue(now)) return
    await this.write(() => {
      // A directory that is back may be found by a comparison that is owed.
      this.ghosts.purge(Math.min(now, this.owed.oldestAt ?? now))
      this.#departures.purge(now)
    })
  }

  /**
   * Something has to be compared with the catalogue, unless `begun`, which is being compared just now,
   * or a larger debt includes it. Returns whether it was added; called in a transaction.
   */
  owe(owing: Owing, begun: BytePath | undefined): boolean {
    this.#departures.tellAgain(owing)
    return this.owed.owe(owing, begun)
  }

  /** A script went on while the daemon stopped and nobody watched; called in a transaction. */
  oweAfterUnwatchedRun(now: number): void {
    const silentBefore = this.owed.find('')?.silentBefore
    this.owe({ path: '', reason: 'start', now, silentBefore, unwatchedRun: true }, undefined)
  }

  /** Prepares the comparison of a subtree; called in a transaction. */
  beginReconcile(path: BytePath): void {
    this.#recorder.beginReconcile()
    this.held.restart(path)
  }

  /** Says whether somebody else wrote to the database since the last call. */
  wasWrittenByOthers(): boolean {
    return this.#database.wasWrittenByOthers()
  }

  /**
   * Sees to it that the database is still ours alone.
   *
   * @throws ClsyncError `damaged` when it was deleted, replaced or written to by hand, `locked` when
   *   another daemon has it now, `database` when its lock was deleted and cannot be had again
   */
  assertInPlace(): void {
    this.#lock.assertInPlace()
    this.#database.assertInPlace()
  }

  /** @throws ClsyncError `damaged` when what is on the disk is wrong; may take a second */
  assertSound(): void {
    this.#database.assertSound()
  }

  /** Sees to it that a disk that becomes full does not keep the queue from becoming empty. */
  prepareForFullDisk(): void {
    this.#ballast.restore()
    this.#database.lookAtRoom()
  }

  /**
   * The machine went down: doubts the files that were written last, so that the next comparison tells
   * them. Returns how many; called in a transaction.
   */
  doubtLastWrites(now: number): number {
    return doubtLastWrites(this.#database.connection, now)
  }

  /** Forgets the tree, for another one in its place; called in a transaction. */
  startOver(): void {
    this.catalogue.clear()
    this.ghosts.clear()
    this.#departures.clear()
    this.daemon.setCatalogued(undefined)
  }

  /** Lets go at once, without waiting for writes. */
  abandon(): void {
    this.#database.close()
    this.#lock.release()
  }

  /** Waits for writes under way, then gives the database and its lock free. */
  async close(): Promise<void> {
    await this.#database.idle()
    this.#database.close()
    this.#lock.release()
  }

  #forget(): void {
    this.catalogue.forget()
    this.owed.forget()
    this.ghosts.forget()
  }
}
