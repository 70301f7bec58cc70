import { EventEmitter } from 'node:events'

import type { BytePath, EngineName, ReconcileReason, RunKind, SizeClass } from './model/glossary.ts'

/** What becomes of the paths of a run that failed: told again together, in halves, or when runs go on. */
export type AfterFailure = 'retry' | 'split' | 'put back'

/** What the daemon says of itself, `noun:verb`. Logging, status and tests listen. */
export interface DaemonEvents {
  /** The database is open. */
  'database:opened': { readonly path: string; readonly pending: number; readonly version: number }
  /** A damaged or missing database was moved aside and a new one begun. */
  'database:replaced': {
    readonly path: string
    readonly movedTo: string | undefined
    readonly why: string
  }
  /** Somebody else holds a lock, or the disk is full; work waits, nothing is dropped. */
  'database:waiting': {
    readonly path: string
    readonly why: string
    readonly hint: string
    readonly waitedMs: number
  }
  'database:recovered': { readonly waitedMs: number }
  /** The write-ahead log grows because a reader keeps a transaction open. */
  'database:wal-grown': { readonly path: string; readonly bytes: number }
  /** The machine was booted anew: what was written in the last minute known before is told again. */
  'catalogue:doubted': { readonly files: number }
  /** It cannot be used here; with --auto the next one is tried. */
  'engine:passed-over': { readonly engine: EngineName; readonly error: unknown }
  /** Every directory that can be watched is. */
  'daemon:ready': {
    readonly engine: EngineName
    /** With fanotify: file systems. */
    readonly directories: number
    readonly tookMs: number
  }
  /** `graceMs`: how long scripts may go on. */
  'daemon:stopping': { readonly running: number; readonly graceMs: number }
  'daemon:stopped': { readonly pending: number }
  'rules:reloaded': { readonly file: string }
  'rules:rejected': { readonly error: unknown }
  /** A directory or file cannot be watched or read; the rest goes on. */
  'watch:problem': {
    readonly path: BytePath
    readonly message: string
    readonly hint: string | undefined
  }
  /** Hints of one packet were recorded. */
  'hints:recorded': { readonly sightings: number; readonly events: number }
  /** One sighting, with --debug. */
  'hint:seen': { readonly path: BytePath; readonly mask: number; readonly changed: boolean }
  'reconcile:owed': { readonly path: BytePath; readonly reason: ReconcileReason }
  'reconcile:started': { readonly path: BytePath; readonly reason: ReconcileReason }
  'reconcile:progress': {
    readonly path: BytePath
    readonly reason: ReconcileReason
    readonly directories: number
    readonly entries: number
    readonly entriesPerSecond: number
  }
  'reconcile:finished': {
    readonly path: BytePath
    readonly reason: ReconcileReason
    readonly directories: number
    readonly entries: number
    readonly differences: number
    readonly tookMs: number
  }
  /** Too many deletions at once: they are held back. */
  'deletions:held': { readonly count: number; readonly of: number; readonly limit: string }
  'deletions:released': { readonly count: number }
  /** The watch directory is gone, unmounted or another one: nothing runs until it is back. */
  'root:held': { readonly why: string; readonly hint: string }
  'root:released': { readonly heldMs: number }
  /** Somebody set `paused` in the database: no run begins. */
  'runs:paused': Record<string, never>
  'runs:resumed': Record<string, never>
  'batch:claimed': { readonly run: number; readonly sizeClass: SizeClass; readonly paths: number }
  'run:started': {
    readonly run: number
    readonly kind: RunKind
    /** 1 for an initial sync, which is about the watch directory. */
    readonly paths: number
    readonly attempt: number
  }
  /** One line of the script's stdout or stderr. */
  'run:output': { readonly run: number; readonly line: string }
  'run:succeeded': {
    readonly run: number
    readonly kind: RunKind
    readonly paths: number
    readonly attempt: number
    readonly tookMs: number
  }
  'run:failed': {
    readonly run: number
    readonly kind: RunKind
    readonly paths: number
    /** One of them; that of an initial sync is the watch directory. */
    readonly path: BytePath
    readonly why: string
    readonly hint: string | undefined
    readonly next: AfterFailure
    /** When that is. */
    readonly retryInMs: number
  }
  /** The script said which paths failed: the others are done. */
  'run:partly-failed': {
    readonly run: number
    readonly kind: RunKind
    /** Paths that are done. */
    readonly paths: number
    readonly failed: number
    readonly why: string
  }
  /** Nothing succeeds: few runs are tried until one does. */
  'outage:began': Record<string, never>
  'outage:ended': Record<string, never>
  /** A path fails alone and waits for itself; the others go on. */
  'path:isolated': {
    readonly path: BytePath
    readonly why: string
    readonly hint: string | undefined
    readonly retryInMs: number
  }
  /** A script named a path in CLSYNC_FAILED that was not in its batch. */
  'run:strange-path': { readonly run: number; readonly path: BytePath }
  /** A script of a killed daemon is still running; nothing is handed over until it ends. */
  'run:outlived': { readonly run: number; readonly pid: number }
  /** It runs longer than scripts may, and is ended. */
  'run:outlived-timed-out': { readonly run: number; readonly pid: number }
  'run:outlived-ended': { readonly run: number; readonly pid: number }
  /** The daemon cannot go on and stops. */
  'daemon:failed': { readonly error: unknown }
}

/** Typed emitter of {@link DaemonEvents}; a listener that throws cannot break the daemon. */
export class DaemonEmitter {
  readonly #emitter = new EventEmitter()

  on<Name extends keyof DaemonEvents>(
    name: Name,
    listener: (event: DaemonEvents[Name]) => void,
  ): () => void {
    const guarded = (event: DaemonEvents[Name]): void => {
      try {
        listener(event)
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error))
      }
    }
    this.#emitter.on(name, guarded)
    return () => this.#emitter.off(name, guarded)
  }

  emit<Name extends keyof DaemonEvents>(name: Name, event: DaemonEvents[Name]): void {
    this.#emitter.emit(name, event)
  }

  /** Says whether anybody listens, so that hot paths need not build events for nobody. */
  heard(name: keyof DaemonEvents): boolean {
    return this.#emitter.listenerCount(name) > 0
  }
}
