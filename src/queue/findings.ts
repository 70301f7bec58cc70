import type { BytePath, ReconcileReason } from '../model/glossary.ts'
import { IN_CREATE, IN_ISDIR } from '../model/mask.ts'
import type { Sighting } from '../model/sighting.ts'
import { difference, type Entry, isDirectory, isOlder } from './entry.ts'
import type { Owing } from './owed.ts'
import type { RecordContext } from './recorded.ts'

/** What recording a packet has come to so far, besides events and entries. */
export class Findings {
  context: RecordContext = { now: 0, reconcile: undefined, onHint: undefined }
  /** Differences that listings showed. */
  differences = 0
  /** Debts that were made. */
  owed: { path: BytePath; reason: ReconcileReason }[] = []
  readonly #owe: (owing: Owing, begun: BytePath | undefined) => boolean

  constructor(owe: (owing: Owing, begun: BytePath | undefined) => boolean) {
    this.#owe = owe
  }

  /** Begins anew with another packet. */
  start(context: RecordContext): void {
    this.context = context
    this.differences = 0
    this.owed = []
  }

  /** The bits that a comparison tells of a name that is there. */
  maskOf(known: Entry | undefined, seen: Readonly<Sighting>): number {
    const { reconcile } = this.context
    const mask = difference(known, seen)
    if (known === undefined && isOlder(seen, reconcile?.silentBefore)) return 0
    if (reconcile?.tellAll !== true) return mask
    return mask | (isDirectory(seen.mode) ? IN_CREATE | IN_ISDIR : IN_CREATE)
  }

  /** A subtree has to be compared; with `tellAll`, what is equal in it is told as well. */
  owe(path: BytePath, reason: ReconcileReason, tellAll: boolean): void {
    const { now, reconcile } = this.context
    if (this.#owe({ path, reason, tellAll, now }, reconcile?.path)) this.owed.push({ path, reason })
  }
}
