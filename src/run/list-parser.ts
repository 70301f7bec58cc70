import { fromText } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'

/** How the entries of a list look: `sync LABEL EVMASK PATH`, each with its terminator. */
export interface ListFormat {
  readonly label: string
  readonly terminator: '\n' | '\0'
}

/** One entry of a list. */
export interface ListEntry {
  /** inotify bits; undefined for a bare path. */
  readonly mask: number | undefined
  /** As it stands there, with the watch directory before it. */
  readonly path: BytePath
}

/**
 * Reads a list file: entries `sync LABEL EVMASK PATH`, or bare paths, which scripts may write to
 * CLSYNC_FAILED. The last terminator may be missing, empty entries are skipped.
 */
export function* parseList(content: Buffer, format: ListFormat): Generator<ListEntry> {
  const text = content.toString('latin1')
  const intro = entryIntro(format.label)
  let from = 0
  while (from < text.length) {
    const at = text.indexOf(format.terminator, from)
    const end = at === -1 ? text.length : at
    if (end > from) yield parseEntry(text.slice(from, end), intro)
    from = end + 1
  }
}

/** Returns what every entry of these lists begins with: `sync LABEL `. */
export function entryIntro(label: string): BytePath {
  return `sync ${fromText(label)} `
}

/** Reads one entry, without its terminator. `intro` as {@link entryIntro} returns it. */
export function parseEntry(entry: BytePath, intro: BytePath): ListEntry {
  if (!entry.startsWith(intro)) return { mask: undefined, path: entry }
  const space = entry.indexOf(' ', intro.length)
  const mask = entry.slice(intro.length, space === -1 ? undefined : space)
  if (space === -1 || !/^\d{1,10}$/.test(mask)) return { mask: undefined, path: entry }
  return { mask: Number(mask), path: entry.slice(space + 1) }
}
