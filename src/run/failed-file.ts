import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  unlinkSync,
} from 'node:fs'

import { ClsyncError, errnoOf } from '../errors.ts'
import type { BytePath, Event } from '../model/glossary.ts'
import { fileFailure } from './failure-words.ts'
import type { ListLayout } from './list-file.ts'
import { entryIntro, parseEntry, parseList, type ListEntry } from './list-parser.ts'
import { NEW_FILE, newOwnFile, OWNER_ONLY, type OwnFiles } from './own-files.ts'

/** What a script wrote to the file named in CLSYNC_FAILED. */
export interface NamedFailures {
  /** Paths of the batch, each once. */
  readonly failed: readonly BytePath[]
  /** What else it named, as it stands there; at most {@link MOST_STRANGE}. */
  readonly strange: readonly BytePath[]
}

/** A script that names more than this is taken to mean: everything. */
const MOST_BYTES = 16 * 1024 * 1024
/** Enough to see what a script does wrong. */
const MOST_STRANGE = 100

/**
 * Makes the file in which a script may name paths that failed; returns its path.
 * Synchronous, as is the spawn that follows: three calls to a local file system.
 *
 * @throws ClsyncError `failed`
 */
export function createFailedFile(place: OwnFiles, run: number): string {
  const path = newOwnFile(place, run, 'failed')
  try {
    const file = openNew(path, place)
    fchmodSync(file, OWNER_ONLY)
    closeSync(file)
    return path
  } catch (error) {
    removeFailedFile(path)
    throw failure('create', path, error)
  }
}

/** Whoever clears away old empty directories may have taken ours. */
function openNew(path: string, { directory, isOwn }: OwnFiles): number {
  try {
    return openSync(path, NEW_FILE, OWNER_ONLY)
  } catch (error) {
    if (!isOwn || errnoOf(error) !== 'ENOENT') throw error
  }
  mkdirSync(directory, 0o700)
  return openSync(path, NEW_FILE, OWNER_ONLY)
}

/** Removes the file; one that stays goes at the next start. */
export function removeFailedFile(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Gone already, or a directory in its place: the script's doing.
  }
}

/**
 * Reads which of the batch's events failed. A missing or empty file says nothing.
 *
 * @throws ClsyncError `failed` when there is something that cannot be read or trusted: then nothing
 * of the batch counts as done
 */
export function readFailedFile(
  path: string,
  events: readonly Event[],
  layout: ListLayout,
): NamedFailures {
  if (saysNothing(path)) return { failed: [], strange: [] }
  const content = readContent(path)
  const batch = new Set(events.map((event) => event.path))
  const failed = new Set<BytePath>()
  const strange = new Set<BytePath>()
  for (const { path: named } of readEntries(content, events, layout)) {
    const relative = layout.paths.fromScript(named)
    if (relative !== undefined && batch.has(relative)) failed.add(relative)
    else if (strange.size < MOST_STRANGE) strange.add(named)
  }
  return { failed: [...failed], strange: [...strange] }
}

function saysNothing(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat === undefined || (stat.isFile() && stat.size === 0)
}

function readContent(path: string): Buffer {
  let file: number | undefined
  try {
    // Not through a link, and without waiting for the writer of a FIFO.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stat = fstatSync(file)
    if (!stat.isFile()) throw new ClsyncError('failed', `${path} is no longer a regular file`)
    if (stat.size > MOST_BYTES) {
      throw new ClsyncError('failed', `the script named more than ${MOST_BYTES} bytes of paths`)
    }
    const content = Buffer.allocUnsafe(stat.size)
    return content.subarray(0, readSync(file, content))
  } catch (error) {
    throw error instanceof ClsyncError ? error : failure('read', path, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/**
 * The entries of the file. Two cases ask for kindness, since a path that is not understood would
 * count as done: the one path of a `sync` run may contain newlines, and a script may end its lines
 * with newlines although the lists end them with NUL.
 */
function readEntries(
  content: Buffer,
  events: readonly Event[],
  layout: ListLayout,
): Iterable<ListEntry> {
  const isNul = layout.terminator === '\0' && content.includes(0)
  const terminator = isNul ? '\0' : '\n'
  const full = events.length === 1 && events[0] ? layout.paths.toScript(events[0].path) : ''
  if (full.includes(terminator)) return [readWhole(content, full, terminator, layout.label)]
  return parseList(content, { label: layout.label, terminator })
}

/** The whole file as one entry; is its last terminator one, or the end of the path? */
function readWhole(content: Buffer, full: BytePath, terminator: string, label: string): ListEntry {
  const text = content.toString('latin1')
  const whole = parseEntry(text, entryIntro(label))
  if (whole.path === full || !text.endsWith(terminator)) return whole
  return parseEntry(text.slice(0, -1), entryIntro(label))
}

function failure(verb: 'create' | 'read', path: string, error: unknown): ClsyncError {
  const { why, hint } = fileFailure(`${verb} the file for failed paths`, path, error)
  return new ClsyncError('failed', why, { hint, cause: error })
}
