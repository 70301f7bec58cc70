import type { Setting, Switch } from '../given.ts'
import { DEFAULTS } from '../options.ts'

interface Named {
  /** The letter of its short form. */
  readonly short?: string
  /** Another spelling. */
  readonly alias?: string
  readonly group: (typeof GROUPS)[number]
  readonly explained: string
}

/** A flag that is given or not. */
export interface SwitchFlag extends Named {
  readonly name: Switch | 'help' | 'version'
  readonly value?: undefined
}

/** A flag with a value. */
export interface SettingFlag extends Named {
  readonly name: Setting
  /** What its value is called. */
  readonly value: string
  /** `optional`: the value may be left away. `list`: the flag may be given more than once. */
  readonly times?: 'optional' | 'list'
}

/** One flag of the command line. None has a default here: `options.ts` fills them in. */
export type Flag = SwitchFlag | SettingFlag

/** Headings of the explanations, in their order. */
export const GROUPS = ['What is watched', 'When', 'How the script runs', 'The daemon'] as const

const WATCH = GROUPS[0]
const WHEN = GROUPS[1]
const RUNS = GROUPS[2]
const DAEMON = GROUPS[3]

/** All flags: first those of the seed in its order, then the others. */
export const FLAGS: readonly Flag[] = [
  {
    name: 'background',
    short: 'b',
    group: DAEMON,
    explained: 'daemonize; prints the process id and returns 0 when everything is watched',
  },
  {
    name: 'pthread',
    short: 'p',
    group: RUNS,
    explained: 'run scripts in parallel; no path is ever in two runs',
  },
  {
    name: 'collectdelay',
    short: 't',
    value: 'seconds',
    group: WHEN,
    explained: `delay to collect events for ordinary files/dirs (def: ${inSeconds(DEFAULTS.collectDelayMs)})`,
  },
  {
    name: 'commondelay',
    short: 'w',
    value: 'seconds',
    group: WHEN,
    explained: `delay in addition for all queues (def: ${inSeconds(DEFAULTS.commonDelayMs)})`,
  },
  {
    name: 'outlistsdir',
    short: 'd',
    value: 'dir',
    group: RUNS,
    explained: "sync by list: directory where clsync temporarily saves its events' lists",
  },
  {
    name: 'bigfilethreshold',
    short: 'B',
    value: 'bytes',
    group: WHEN,
    explained: `file size threshold to mark a file as big, k/M/G/T allowed (def: ${DEFAULTS.bigFileThreshold})`,
  },
  {
    name: 'bigfilecollectdelay',
    short: 'T',
    value: 'seconds',
    group: WHEN,
    explained: `delay to collect events for big files (def: ${inSeconds(DEFAULTS.bigFileCollectDelayMs)})`,
  },
  { name: 'verbose', short: 'v', group: DAEMON, explained: 'log runs and batches too' },
  { name: 'debug', short: 'D', group: DAEMON, explained: 'log every hint too' },
  {
    name: 'quite',
    short: 'q',
    alias: 'quiet',
    group: DAEMON,
    explained: 'log nothing; only what ends clsync is said',
  },
  {
    name: 'fanotify',
    short: 'f',
    group: WATCH,
    explained: 'use "fanotify" engine: whole file systems by one mark each, as root',
  },
  { name: 'inotify', short: 'i', group: WATCH, explained: 'use "inotify" engine (def on Linux)' },
  {
    name: 'label',
    short: 'l',
    value: 'label',
    group: RUNS,
    explained: `label of this clsync instance, handed to the script (def: ${DEFAULTS.label})`,
  },
  {
    name: 'help',
    short: 'h',
    group: DAEMON,
    explained: 'print the syntax and what every flag does',
  },
  { name: 'version', group: DAEMON, explained: 'print the version' },
  {
    name: 'chokidar',
    group: WATCH,
    explained: 'use "chokidar" engine (def where there is no inotify)',
  },
  {
    name: 'auto',
    group: WATCH,
    explained: 'use fanotify where it works, else inotify, else chokidar',
  },
  {
    name: 'poll',
    value: 'seconds',
    times: 'optional',
    group: WATCH,
    explained: `chokidar looks every so many seconds, for network file systems (${inSeconds(DEFAULTS.pollMs)} when given alone)`,
  },
  {
    name: 'acceptnewroot',
    group: WATCH,
    explained: 'take a watch directory that was replaced by another one as the new one',
  },
  {
    name: 'auditinterval',
    value: 'seconds',
    group: WATCH,
    explained: `compare the whole tree so often, 0: never (def: ${inSeconds(DEFAULTS.auditIntervalMs)})`,
  },
  {
    name: 'maxdelete',
    value: 'N|P%',
    group: WATCH,
    explained: `hold back more deletions than this found at once, 100%: never (def: ${DEFAULTS.maxDelete.limit}%)`,
  },
  {
    name: 'jobs',
    value: 'N',
    group: RUNS,
    explained: 'scripts in parallel (def: 1, with --pthread the number of cores, at least 2)',
  },
  {
    name: 'initialsync',
    value: 'auto|always|never',
    group: RUNS,
    explained: 'when to sync the whole tree at start (def: auto, until it once succeeded)',
  },
  {
    name: 'synctimeout',
    value: 'seconds',
    group: RUNS,
    explained: `end a run that takes longer, 0: never (def: ${inSeconds(DEFAULTS.syncTimeoutMs)})`,
  },
  {
    name: 'ignoreexitcode',
    short: 'x',
    value: 'code',
    times: 'list',
    group: RUNS,
    explained: 'take this exit code for success too; may be given again',
  },
  {
    name: 'null',
    short: '0',
    group: RUNS,
    explained: 'entries of lists end in NUL instead of newline',
  },
  {
    name: 'retrydelay',
    value: 'seconds',
    group: WHEN,
    explained: `delay before what failed is tried again, then growing (def: ${inSeconds(DEFAULTS.retryDelayMs)})`,
  },
  {
    name: 'retrydelaymax',
    value: 'seconds',
    group: WHEN,
    explained: `what that delay grows to at most (def: ${inSeconds(DEFAULTS.retryDelayMaxMs)})`,
  },
  {
    name: 'db',
    value: 'file',
    group: DAEMON,
    explained:
      'database (def: named after label and watch dir in $XDG_STATE_HOME/clsync, as root in /var/lib/clsync)',
  },
  {
    name: 'logformat',
    value: 'text|json',
    group: DAEMON,
    explained: 'lines for people, or one JSON object a line (def: text)',
  },
]

function inSeconds(ms: number): number {
  return ms / 1000
}
