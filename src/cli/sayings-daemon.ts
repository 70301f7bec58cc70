import { ClsyncError, describe } from '../errors.ts'
import { display } from '../model/byte-path.ts'
import type { EngineName } from '../model/glossary.ts'
import { maskNames } from '../model/mask.ts'
import type { SayingsOf } from './saying-of.ts'
import { count, duration, pathFields } from './wording.ts'

type Names =
  | `database:${'opened' | 'replaced' | 'waiting' | 'recovered' | 'wal-grown'}`
  | 'catalogue:doubted'
  | 'engine:passed-over'
  | `daemon:${'ready' | 'stopping' | 'stopped'}`
  | `rules:${'reloaded' | 'rejected'}`
  | 'watch:problem'
  | 'hints:recorded'
  | 'hint:seen'

/** What is said of the database, the daemon itself, its rules and its engine. */
export const DAEMON_SAYINGS: SayingsOf<Names> = {
  'database:opened': {
    loudness: 'normal',
    say: (event) => ({
      severity: 'info',
      message: `database ${event.path}, ${count(event.pending, 'path')} pending`,
      fields: { ...event },
    }),
  },
  'database:replaced': {
    loudness: 'normal',
    say: (event) => ({
      severity: 'warn',
      message: `new database ${event.path}: ${event.why}`,
      hint:
        (event.movedTo === undefined ? '' : `the old one is kept as ${event.movedTo}; `) +
        'the whole tree is told to the script anew',
      fields: { ...event },
    }),
  },
  'database:waiting': {
    loudness: 'normal',
    say: ({ hint, ...event }) => ({
      severity: 'warn',
      message: `cannot write to ${event.path} for ${duration(event.waitedMs)}: ${event.why}; changes wait`,
      hint,
      fields: event,
    }),
  },
  'database:recovered': {
    loudness: 'normal',
    say: (event) => ({
      severity: 'info',
      message: `the database answers again after ${duration(event.waitedMs)}`,
      fields: { ...event },
    }),
  },
  'database:wal-grown': {
    loudness: 'normal',
    say: (event) => ({
      severity: 'warn',
      message: `the write-ahead log of ${event.path} has grown to ${Math.round(event.bytes / 2 ** 20)} MiB`,
      hint: 'another program keeps a transaction open on the database; end it',
      fields: { ...event },
    }),
  },
  'catalogue:doubted': {
    loudness: 'normal',
    say: ({ files }) => ({
      severity: 'info',
      message: `the machine was booted anew: telling again ${count(files, 'file')} written last before that`,
      fields: { files },
    }),
  },
  'engine:passed-over': {
    loudness: 'normal',
    say: ({ engine, error }) => ({
      severity: 'info',
      message: `${describe(error)}; trying the next engine`,
      hint: error instanceof ClsyncError ? error.hint : undefined,
      fields: { engine },
    }),
  },
  'daemon:ready': {
    loudness: 'normal',
    say: ({ engine, directories, tookMs }) => ({
      severity: 'info',
      message: `ready: ${engine}, ${watched(engine, directories)} watched, ${duration(tookMs)}`,
      fields: { engine, directories, tookMs },
    }),
  },
  'daemon:stopping': {
    loudness: 'normal',
    say: (event) => ({
      severity: 'info',
      message:
        event.running === 0
          ? 'stopping'
          : `stopping: ${count(event.running, 'run')} may go on for ${duration(event.graceMs)}`,
      fields: { ...event },
    }),
  },
  'daemon:stopped': {
    loudness: 'normal',
    say: (event) => ({
      severity: 'info',
      message: `stopped, ${count(event.pending, 'path')} pending`,
      fields: { ...event },
    }),
  },
  'rules:reloaded': {
    loudness: 'normal',
    say: (event) => ({
      severity: 'info',
      message: `rules read again: ${event.file}`,
      fields: { ...event },
    }),
  },
  'rules:rejected': {
    loudness: 'normal',
    say: ({ error }) => ({
      severity: 'error',
      message: `the old rules stay in force: ${describe(error)}`,
      hint: error instanceof ClsyncError ? error.hint : undefined,
    }),
  },
  'watch:problem': {
    loudness: 'normal',
    mostLines: 100,
    say: ({ path, message, hint }) => ({
      severity: 'warn',
      message,
      hint,
      fields: pathFields(path),
    }),
  },
  'hints:recorded': {
    loudness: 'debug',
    say: (event) => ({
      severity: 'debug',
      message: `${count(event.sightings, 'sighting')} recorded as ${count(event.events, 'event')}`,
      fields: { ...event },
    }),
  },
  'hint:seen': {
    loudness: 'debug',
    say: ({ path, mask, changed }) => ({
      severity: 'debug',
      message: `hint: ${display(path)} ${maskNames(mask) || 'look'}${changed ? '' : ', unchanged'}`,
      fields: { ...pathFields(path), mask, changed },
    }),
  },
}

/** One mark of fanotify covers a file system. */
function watched(engine: EngineName, places: number): string {
  if (engine === 'fanotify') return count(places, 'file system', 'file systems')
  return count(places, 'directory', 'directories')
}
