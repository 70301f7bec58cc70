import { open, rm, type FileHandle } from 'node:fs/promises'

import { ClsyncError, errnoOf } from '../errors.ts'
import type { Event } from '../model/glossary.ts'
import { fileFailure } from './failure-words.ts'
import { entryIntro, type ListFormat } from './list-parser.ts'
import { NEW_FILE, newOwnFile, OWNER_ONLY, syncDirectory, type OwnFiles } from './own-files.ts'
import type { ScriptPaths } from './script-paths.ts'

/** A list on disk, complete and durable. */
export interface WrittenList {
  readonly path: string
  /** Number of entries; a list of none must not be handed to a script. */
  readonly entries: number
  /** Events whose paths the format cannot carry: they contain the terminator. */
  readonly leftOver: readonly Event[]
}

/** Bytes gathered before they are written, so that memory does not grow with the list. */
const CHUNK_BYTES = 64 * 1024

/**
 * Writes the list of a run: `sync LABEL EVMASK PATH` with the exact bytes of each path. The file is
 * new, readable by its owner only whatever the umask, and is on disk, name and all, before anybody
 * hears of it: a script that is fed an empty list exits 0, and its events would be forgotten.
 *
 * @throws ClsyncError `failed`; nothing is left behind
 */
export async function writeList(
  place: OwnFiles,
  run: number,
  events: Iterable<Event>,
  layout: ListLayout,
): Promise<WrittenList> {
  const path = newOwnFile(place, run, 'list')
  try {
    const written = await writeNewFile(path, events, layout)
    await syncDirectory(place.directory)
    return { path, ...written }
  } catch (error) {
    await removeList(path)
    if (errnoOf(error) === undefined) throw error
    const { why, hint } = fileFailure('write the list', path, error)
    throw new ClsyncError('failed', why, { hint, cause: error })
  }
}

/** Removes a list; one that is gone already is as good, one that stays goes at the next start. */
export async function removeList(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined)
}

/** How the lists of a daemon look. */
export interface ListLayout extends ListFormat {
  readonly paths: ScriptPaths
}

async function writeNewFile(
  path: string,
  events: Iterable<Event>,
  layout: ListLayout,
): Promise<Omit<WrittenList, 'path'>> {
  const file = await open(path, NEW_FILE, OWNER_ONLY)
  try {
    await file.chmod(OWNER_ONLY)
    const written = await writeEntries(file, events, layout)
    await file.sync()
    return written
  } finally {
    await file.close()
  }
}

async function writeEntries(
  file: FileHandle,
  events: Iterable<Event>,
  { label, terminator, paths }: ListLayout,
): Promise<Omit<WrittenList, 'path'>> {
  const intro = entryIntro(label)
  const leftOver: Event[] = []
  let chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  let length = 0
  let entries = 0
  for (const event of events) {
    const path = paths.toScript(event.path)
    if (path.includes(terminator)) {
      leftOver.push(event)
      continue
    }
    const entry = `${intro}${event.mask} ${path}${terminator}`
    if (length + entry.length > chunk.length) {
      await file.writeFile(chunk.subarray(0, length))
      length = 0
      if (entry.length > chunk.length) chunk = Buffer.allocUnsafeSlow(entry.length)
    }
    length += chunk.write(entry, length, 'latin1')
    entries++
  }
  await file.writeFile(chunk.subarray(0, length))
  return { entries, leftOver }
}
