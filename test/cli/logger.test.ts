import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Logger } from '../../dist/cli/logger.js'
import { SAYINGS } from '../../dist/cli/sayings.js'
import { ClsyncError } from '../../dist/errors.js'
import { DaemonEmitter, type DaemonEvents } from '../../dist/events.js'
import { fromText } from '../../dist/model/byte-path.js'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

interface Heard {
  readonly events: DaemonEmitter
  readonly clock: ManualClock
  readonly logger: Logger
  readonly lines: string[]
}

function listen(
  verbosity: 'quiet' | 'normal' | 'verbose' | 'debug',
  logFormat: 'text' | 'json' = 'text',
): Heard {
  const lines: string[] = []
  const events = new DaemonEmitter()
  const clock = manualClock(Date.UTC(2026, 10, 23, 12))
  const logger = new Logger({ verbosity, logFormat }, clock, { write: (line) => lines.push(line) })
  logger.listen(events)
  return { events, clock, logger, lines }
}

/** Returns the lines without their times. */
function said({ lines }: Heard): readonly string[] {
  return lines.map((line) => line.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /, ''))
}

const PATH = fromText('dir/fïle')

/** One of each. */
const EXAMPLES: DaemonEvents = {
  'database:opened': { path: '/x.db', pending: 1, version: 1 },
  'database:replaced': { path: '/x.db', movedTo: '/x.db.bad', why: 'it was damaged' },
  'database:waiting': { path: '/x.db', why: 'locked', hint: 'unlock it', waitedMs: 2000 },
  'database:recovered': { waitedMs: 30_000 },
  'database:wal-grown': { path: '/x.db', bytes: 64 << 20 },
  'catalogue:doubted': { files: 2 },
  'engine:passed-over': {
    engine: 'fanotify',
    error: new ClsyncError('engine', 'cannot use fanotify: EIO', { hint: 'use --inotify' }),
  },
  'daemon:ready': { engine: 'inotify', directories: 10_000, tookMs: 400 },
  'daemon:stopping': { running: 1, graceMs: 10_000 },
  'daemon:stopped': { pending: 0 },
  'rules:reloaded': { file: 'rules' },
  'rules:rejected': { error: new ClsyncError('usage', 'rules:1:1: wrong', { hint: 'mend it' }) },
  'watch:problem': { path: PATH, message: 'cannot watch dir: ENOSPC', hint: 'raise the limit' },
  'hints:recorded': { sightings: 3, events: 2 },
  'hint:seen': { path: PATH, mask: 0x102, changed: true },
  'reconcile:owed': { path: '', reason: 'overflow' },
  'reconcile:started': { path: '', reason: 'overflow' },
  'reconcile:progress': {
    path: PATH,
    reason: 'start',
    directories: 10,
    entries: 100,
    entriesPerSecond: 50,
  },
  'reconcile:finished': {
    path: '',
    reason: 'start',
    directories: 10,
    entries: 100,
    differences: 3,
    tookMs: 1500,
  },
  'deletions:held': { count: 600, of: 1000, limit: '50%' },
  'deletions:released': { count: 600 },
  'root:held': { why: 'tree is gone', hint: 'mount it' },
  'root:released': { heldMs: 150_000 },
  'batch:claimed': { run: 7, sizeClass: 'ordinary', paths: 2 },
  'run:started': { run: 7, kind: 'synclist', paths: 2, attempt: 1 },
  'run:output': { run: 7, line: 'hello' },
  'run:succeeded': { run: 7, kind: 'synclist', paths: 2, attempt: 1, tookMs: 20 },
  'run:failed': {
    run: 7,
    kind: 'synclist',
    paths: 2,
    path: PATH,
    why: 'exit code 5',
    hint: undefined,
    next: 'retry',
    retryInMs: 10_000,
  },
  'run:partly-failed': { run: 7, kind: 'synclist', paths: 9, failed: 1, why: 'exit code 5' },
  'runs:paused': {},
  'runs:resumed': {},
  'outage:began': {},
  'outage:ended': {},
  'path:isolated': { path: PATH, why: 'exit code 5', hint: undefined, retryInMs: 7_200_000 },
  'run:strange-path': { run: 7, path: PATH },
  'run:outlived': { run: 6, pid: 123 },
  'run:outlived-timed-out': { run: 6, pid: 123 },
  'run:outlived-ended': { run: 6, pid: 123 },
  'daemon:failed': { error: new Error('said by the program itself') },
}

function emitAll({ events }: Heard): void {
  for (const name of Object.keys(EXAMPLES) as Array<keyof DaemonEvents>) {
    events.emit(name, EXAMPLES[name])
  }
}

test('Every event is one line of words', () => {
  const heard = listen('debug')
  emitAll(heard)
  assert.deepEqual(said(heard), [
    'info  database /x.db, 1 path pending',
    'warn  new database /x.db: it was damaged (the old one is kept as /x.db.bad; the whole tree is told to the script anew)',
    'warn  cannot write to /x.db for 2 s: locked; changes wait (unlock it)',
    'info  the database answers again after 30 s',
    'warn  the write-ahead log of /x.db has grown to 64 MiB (another program keeps a transaction open on the database; end it)',
    'info  the machine was booted anew: telling again 2 files written last before that',
    'info  cannot use fanotify: EIO; trying the next engine (use --inotify)',
    'info  ready: inotify, 10000 directories watched, 0.4 s',
    'info  stopping: 1 run may go on for 10 s',
    'info  stopped, 0 paths pending',
    'info  rules read again: rules',
    'error the old rules stay in force: rules:1:1: wrong (mend it)',
    'warn  cannot watch dir: ENOSPC (raise the limit)',
    'debug 3 sightings recorded as 2 events',
    'debug hint: dir/fïle MODIFY|CREATE',
    'warn  . has to be compared with the catalogue: overflow',
    'info  comparing . with the catalogue: overflow',
    'info  compared . with the catalogue (start): 3 differences among 100 entries in 10 directories, 1.5 s',
    'warn  holding back 600 deletions of 1000 entries, more than 50% (if they are meant, start again with --maxdelete 100%; else they end when the files return)',
    'info  600 deletions no longer held back',
    'error holding all runs and deletions: tree is gone (mount it)',
    'info  the watch directory is back after 3 min',
    'info  run 7 takes 2 ordinary paths',
    'info  run 7 started: synclist, 2 paths, attempt 1',
    'info  run 7: hello',
    'info  run 7 succeeded: synclist, 2 paths, 20 ms',
    'error synclist run 7 failed for dir/fïle and 1 more: exit code 5; next try in 10 s',
    'warn  run 7 failed for 1 path that it named: exit code 5; synclist, 9 paths done',
    'warn  paused: changes are collected, but no run begins (to go on: UPDATE daemon SET paused = 0)',
    'info  no longer paused: what failed is tried at once',
    'error nothing succeeds any more: from now on few runs are tried, until one succeeds (see to the target; README, "Options", says how to have everything tried at once)',
    'info  runs succeed again: what waits is tried at once',
    'warn  dir/fïle fails by itself: exit code 5; next try in 2 h (the other paths go on without it)',
    'warn  run 7 says that dir/fïle failed, which was not in its batch (the script writes paths of its list to $CLSYNC_FAILED, as they are in the list)',
    'warn  run 6 of an earlier daemon still goes on as process 123: no script is started until it ends (it ends by itself or by --synctimeout; to end it now: kill -- -123)',
    'warn  run 6 of an earlier daemon takes too long: ending process 123 (give it more time with --synctimeout, 0 for no limit)',
    'info  run 6 of an earlier daemon has ended (process 123)',
  ])
})

test('Lines begin with the local time', () => {
  const heard = listen('normal')
  heard.events.emit('daemon:ready', EXAMPLES['daemon:ready'])
  const local = new Date(Date.UTC(2026, 10, 23, 12))
  const hours = String(local.getHours()).padStart(2, '0')
  assert.ok(heard.lines[0]?.includes(` ${hours}:00:00 info  ready: inotify`))
  assert.match(heard.lines[0] ?? '', /^2026-11-2\d \d\d:\d\d:00 /)
})

test('Each verbosity lets more through, and quiet nothing', () => {
  const names = (verbosity: 'quiet' | 'normal' | 'verbose' | 'debug'): ReadonlySet<string> => {
    const heard = listen(verbosity, 'json')
    emitAll(heard)
    return new Set(heard.lines.map((line) => (JSON.parse(line) as { event: string }).event))
  }
  const [normal, verbose, debug] = [names('normal'), names('verbose'), names('debug')]
  assert.equal(names('quiet').size, 0)
  const added = (more: ReadonlySet<string>, less: ReadonlySet<string>): readonly string[] =>
    [...more].filter((name) => !less.has(name))
  assert.deepEqual(added(verbose, normal), [
    'reconcile:started',
    'batch:claimed',
    'run:started',
    'run:succeeded',
    'run:partly-failed',
  ])
  assert.deepEqual(added(debug, verbose), ['hints:recorded', 'hint:seen'])
  assert.equal(debug.size, Object.keys(SAYINGS).length - 1, 'all but what is paced')
})

test('Nobody listens to what is not logged', () => {
  assert.equal(listen('quiet').events.heard('daemon:ready'), false)
  assert.equal(listen('verbose').events.heard('hint:seen'), false)
  assert.equal(listen('debug').events.heard('hint:seen'), true)
})

test('Routine comparisons are told to nobody but who debugs, trouble to everybody', () => {
  const finished = (
    reason: 'directory new' | 'audit' | 'overflow',
    differences: number,
  ): number[] =>
    (['normal', 'verbose', 'debug'] as const).map((verbosity) => {
      const heard = listen(verbosity)
      const event = { ...EXAMPLES['reconcile:finished'], reason, differences }
      heard.events.emit('reconcile:finished', event)
      return heard.lines.length
    })
  assert.deepEqual(finished('directory new', 5), [0, 0, 1])
  assert.deepEqual(finished('audit', 5), [1, 1, 1])
  assert.deepEqual(finished('audit', 0), [0, 1, 1])
  assert.deepEqual(finished('overflow', 0), [1, 1, 1])
})

test('JSON lines have time, level, event, message and the values', () => {
  const heard = listen('debug', 'json')
  heard.events.emit('daemon:ready', EXAMPLES['daemon:ready'])
  heard.events.emit('watch:problem', EXAMPLES['watch:problem'])
  heard.events.emit('hint:seen', { path: 'a\xff\n', mask: 2, changed: false })
  assert.deepEqual(
    heard.lines.map((line) => JSON.parse(line) as unknown),
    [
      {
        time: '2026-11-23T12:00:00.000Z',
        level: 'info',
        event: 'daemon:ready',
        message: 'ready: inotify, 10000 directories watched, 0.4 s',
        engine: 'inotify',
        directories: 10_000,
        tookMs: 400,
      },
      {
        time: '2026-11-23T12:00:00.000Z',
        level: 'warn',
        event: 'watch:problem',
        message: 'cannot watch dir: ENOSPC',
        hint: 'raise the limit',
        path: 'dir/fïle',
      },
      {
        time: '2026-11-23T12:00:00.000Z',
        level: 'debug',
        event: 'hint:seen',
        message: 'hint: a\\xff\\x0a MODIFY, unchanged',
        path: 'a\\xff\\x0a',
        pathHex: '61ff0a',
        mask: 2,
        changed: false,
      },
    ],
  )
})

test('Names and output of scripts cannot steer a terminal or forge a line', () => {
  const nasty = '\u001b[2J\r\n2026-11-23 12:00:00 info  forged\u009b31m\u202e\u2028'
  for (const format of ['text', 'json'] as const) {
    const heard = listen('debug', format)
    heard.events.emit('run:output', { run: 1, line: nasty })
    heard.events.emit('hint:seen', { path: fromText(nasty), mask: 2, changed: true })
    heard.events.emit('watch:problem', { path: '', message: nasty, hint: nasty })
    assert.equal(heard.lines.length, 3)
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    const dangerous = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/
    for (const line of heard.lines) assert.doesNotMatch(line, dangerous)
    if (format === 'text') continue
    const [output, hint] = heard.lines.map((line) => JSON.parse(line) as { [k: string]: unknown })
    assert.equal(output?.['line'], nasty)
    assert.equal(hint?.['path'], nasty)
  }
})

test('A line without end is cut', () => {
  const heard = listen('normal')
  heard.events.emit('run:output', { run: 1, line: 'x'.repeat(1 << 20) })
  assert.ok((heard.lines[0]?.length ?? 0) < 10_000)
  assert.match(heard.lines[0] ?? '', /x \.\.\. and 1040384 characters more$/)
})
