import { display, isText, toBytes, toText } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'

/** Returns the number with its noun, in the plural where it is not one. */
export function count(number: number, singular: string, plural: string = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`
}

/** Returns a duration for people: `25 ms`, `0.4 s`, `12 s`, `3 min`, `2.5 h`. */
export function duration(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 0.1) return `${Math.round(ms)} ms`
  if (seconds < 10) return `${Number(seconds.toFixed(seconds < 1 ? 2 : 1))} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return `${Number((seconds / 3600).toFixed(1))} h`
}

/** Returns a path for programs: as text, and with its exact bytes in hex where that says too little. */
export function pathFields(path: BytePath): Readonly<Record<string, string>> {
  if (isText(path)) return { path: toText(path) }
  return { path: display(path), pathHex: toBytes(path).toString('hex') }
}

/** Longer texts are cut: a script may print lines without end. */
const LONGEST = 8192

/** Returns the text, cut where it is too long for a log line. */
export function cut(text: string): string {
  if (text.length <= LONGEST) return text
  return `${text.slice(0, LONGEST)} ... and ${text.length - LONGEST} characters more`
}
