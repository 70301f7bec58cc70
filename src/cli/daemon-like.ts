import type { DaemonEmitter } from '../events.ts'
import type { Options } from '../options.ts'

/** A daemon, as far as the command line knows it. */
export interface DaemonLike {
  readonly events: DaemonEmitter
  /** Resolves when everything is watched. Throws ClsyncError. */
  start(): Promise<void>
  /** Takes no more batches, gives running scripts a grace period; may come before `start` is done. */
  stop(): Promise<void>
  /** Reads the rules file again; says how that went by an event. */
  reloadRules(): void
  /** Compares the whole tree with the catalogue now. */
  audit(): void
  /** Resolves after {@link stop}, rejects when the daemon cannot go on. */
  readonly ended: Promise<void>
}

export type CreateDaemon = (options: Options) => DaemonLike
