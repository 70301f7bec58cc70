/**
 * The words of clsync, used with these meanings everywhere:
 *
 * - **watch directory**: the root of the watched tree, as written on the command line
 * - **hint**: what an engine says: "look at this path (these inotify bits)", "look at everything
 *   below this path", "I lost events", "I failed"
 * - **sighting**: a hint after `lstat`: what is really there now. Hints may be wrong, sightings decide
 * - **entry**: one name in the tree as last recorded; all entries together are the *catalogue*
 * - **event**: pending work for one path: OR'd inotify mask, first seen, last seen, size class
 * - **due**: an event whose collect delay has passed
 * - **batch**: the events handed to one run of the script
 * - **run**: one execution of the action script
 * - **acknowledge**: delete a batch's events after a run that succeeded, except those that changed
 *   meanwhile
 * - **reconcile**: crawl a subtree, compare it with the catalogue, queue the difference
 *
 * P1 to P9 are the promises of README.md, by their numbers.
 */

/**
 * A path or name as a *byte string*: every character is one byte (0-255) of the name in the file
 * system, so that names which are not UTF-8 survive. Paths are relative to the watch directory,
 * without leading or trailing slash; the watch directory itself is `''`.
 * Convert with `model/byte-path.ts`; never print one without {@link display}.
 */
export type BytePath = string

/** `big` events (regular files above the threshold) have a collect delay of their own. */
export type SizeClass = 'ordinary' | 'big'

export type EngineName = 'inotify' | 'fanotify' | 'chokidar'

/** Pending work for one path. */
export interface Event {
  readonly path: BytePath
  /** OR of `linux/inotify.h` bits. */
  readonly mask: number
  readonly sizeClass: SizeClass
}

/** Why a subtree has to be compared with the catalogue. */
export const RECONCILE_REASONS = [
  'first start',
  'start',
  'overflow',
  'watch lost',
  'directory new',
  'directory moved',
  'directory replaced',
  'too many hints',
  'rules changed',
  'root is back',
  'resumed',
  'audit',
  'polled',
] as const
export type ReconcileReason = (typeof RECONCILE_REASONS)[number]

/** What a run is for, which is also the script's first argument. */
export type RunKind = 'initialsync' | 'sync' | 'synclist'

/** One execution of the action script. */
export interface Run {
  readonly id: number
  readonly kind: RunKind
  /** 1 for the first try of this work, counted over failures. */
  readonly attempt: number
}
