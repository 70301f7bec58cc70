import type { LogRecord } from './log-record.ts'
import { printable, printableJson } from './printable.ts'

/** Turns a record into one line, without newline. */
export type Format = (record: LogRecord) => string

/** Returns the format by its name on the command line. */
export function formatOf(name: 'text' | 'json'): Format {
  return name === 'json' ? asJson : asText
}

/** `2026-11-23 12:00:00 info  ready: inotify, 10000 directories watched, 0.4 s`, local time. */
function asText({ at, severity, message, hint }: LogRecord): string {
  const line = `${timestamp(new Date(at))} ${severity.padEnd(5)} ${message}`
  return printable(hint === undefined ? line : `${line} (${hint})`)
}

function asJson({ at, severity, event, message, hint, fields }: LogRecord): string {
  const time = new Date(at).toISOString()
  return printableJson({ ...fields, time, level: severity, event, message, hint })
}

function timestamp(date: Date): string {
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join('-')
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':')
  return `${day} ${time}`
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}
