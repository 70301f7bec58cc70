import type { BytePath, EngineName, ReconcileReason } from '../model/glossary.ts'

/** What the watch thread has to know to begin. */
export interface WatchSettings {
  /** The watch directory, as the process can open it. */
  readonly root: string
  readonly engine: EngineName
  /** Milliseconds between two looks at the tree (chokidar only). */
  readonly pollMs: number | undefined
  /** Rules, already checked, as text; undefined: everything is accepted. */
  readonly rules: string | undefined
  /** Paths below the root that are clsync's own (database, lists): never reported, never walked. */
  readonly ownPaths: readonly BytePath[]
  /**
   * What is mounted below and cannot be watched at the start makes the engine fail (fanotify only).
   *
   * @default false: it is a problem, the rest goes on
   */
  readonly needsEveryMount?: boolean
}

/** Something could not be watched or read; the rest goes on. */
export interface WatchProblem {
  /** Path below the watch directory. */
  readonly path: BytePath
  /** `errno` name, ENOSPC for the watch limit. */
  readonly errno: string
  /** What failed, one line, with the path. */
  readonly message: string
  /** What to do about it. */
  readonly hint: string | undefined
}

/** Main thread → watch thread. */
export type WatchCommand =
  /** One packet was handled: another may come. Its memory goes back. */
  | { readonly type: 'ack'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Crawl the subtree (watches first), answer with listings and `crawled`. */
  | {
      readonly type: 'crawl'
      readonly crawl: number
      readonly path: BytePath
      readonly gently: boolean
    }
  /** Let the crawls that were asked for gently go on fast. */
  | { readonly type: 'hurry' }
  /** Use other rules from now on. */
  | { readonly type: 'rules'; readonly rules: string | undefined }
  | { readonly type: 'stop' }

/** Watch thread → main thread, in order. */
export type WatchMessage =
  /** Every directory that can be watched is; hints flow. */
  | { readonly type: 'ready'; readonly directories: number; readonly tookMs: number }
  | { readonly type: 'packet'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** How far a crawl is. */
  | {
      readonly type: 'progress'
      readonly crawl: number
      readonly directories: number
      readonly entries: number
    }
  | { readonly type: 'problem'; readonly problem: WatchProblem }
  /** The watch directory itself went away, was moved or unmounted: nothing more will come. */
  | { readonly type: 'root lost'; readonly message: string }
  /** The engine cannot go on. */
  | { readonly type: 'failed'; readonly message: string; readonly hint: string | undefined }
  | { readonly type: 'stopped' }

/**
 * A directory as an engine knows it; the outbox keeps names by it and asks for the path only when
 * it looks, so that a rename in between does no harm.
 */
export interface WatchedDirectory {
  path(): BytePath
}

/** Says whether the rules want a path. */
export type Accepts = (path: BytePath, isDirectory: boolean) => boolean

/** Says whether a name of one directory is wanted. */
export type NameFilter = (name: BytePath, isDirectory: boolean) => boolean

/**
 * Knows what the rules want and what is clsync's own. Rules can be replaced while the thread runs, so
 * ask each time. Engines ask of directories, to leave rejected ones unwatched; single names they pass
 * on as they hear them, the outbox asks when it looks.
 */
export interface PathFilter {
  /** Judges the path alone, not the directories above it. The watch directory is always wanted. */
  accepts(path: BytePath, isDirectory: boolean): boolean
  /** Says whether a directory and all above it are wanted. */
  walks(directory: BytePath): boolean
  /** Returns what judges the names of a directory; undefined when all are wanted. */
  within(directory: BytePath): NameFilter | undefined
}

/** Makes an engine that has not started yet. Throws ClsyncError where it cannot work at all. */
export type CreateEngine = (settings: WatchSettings, filter: PathFilter, sink: HintSink) => Engine

/** Where an engine puts what it hears. None of these may block or throw. */
export interface HintSink {
  /** Look at a name in a directory; `name` `''` means the directory itself. */
  look(directory: WatchedDirectory, name: BytePath, mask: number): void
  /**
   * A directory moved inside the tree (both names are also hinted at by the kernel's bits). What is
   * below `to` has to be compared: hints about it may have been looked at under its old path.
   */
  renamed(from: BytePath, to: BytePath): void
  /** Everything below the path has to be compared. */
  below(path: BytePath, reason: ReconcileReason): void
  problem(problem: WatchProblem): void
  rootLost(message: string): void
}

/** What every engine does; `test/watch/engine-contract.ts` says it in tests. */
export interface Engine {
  readonly name: EngineName
  /**
   * Begins to watch; resolves when every directory that can be watched is, with their number; if
   * whole file systems are watched, with the number of those. Throws ClsyncError.
   */
  start(): Promise<{ readonly directories: number }>
  /** Makes sure that this directory is watched, before it is listed. Cheap when it is known to be. */
  cover(directory: BytePath): void
  /** Makes {@link cover} verify each directory once more, for crawls that look for what was missed. */
  doubt(): void
  /**
   * The rules have changed: lets go of the directories that are rejected now. The crawl that follows
   * covers those that are accepted now.
   */
  rewatch(): void
  /** Resolves when there may be something to drain, or after `ms`, or after `wake()`. */
  wait(ms: number): Promise<void>
  wake(): void
  /** Reads what the kernel has, without blocking, and hints. */
  drain(): void
  /** The sink has let go of every {@link WatchedDirectory} it was given: their paths may go. */
  flushed(): void
  close(): Promise<void>
}
