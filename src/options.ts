import { resolve } from 'node:path'

import { defaultDatabase } from './default-database.ts'
import { ClsyncError } from './errors.ts'
import type { Given, Setting, Surroundings, Switch } from './given.ts'
import { readPercent, readSeconds, readSize, readWhole } from './model/quantities.ts'

/** Everything the user can choose, checked; nothing downstream fills in defaults. */
export interface Options {
  /** As written on the command line, less trailing slashes; paths handed to scripts begin with it. */
  readonly watchDir: string
  /** Absolute path of the action script. */
  readonly script: string
  /** Path of the rules file. */
  readonly rulesFile: string | undefined
  /** Absolute path of the database. */
  readonly db: string
  /** @default 'nolabel' */
  readonly label: string
  /** `auto` picks fanotify where it works, else inotify, else chokidar. @default 'inotify' on Linux */
  readonly engine: EngineChoice
  /** Milliseconds between two looks at the tree, with `--poll`. */
  readonly pollMs: number | undefined
  /** @default 30000 */
  readonly collectDelayMs: number
  /** @default 15000 */
  readonly commonDelayMs: number
  /** Bytes. @default 134217728 */
  readonly bigFileThreshold: number
  /** @default 1800000 */
  readonly bigFileCollectDelayMs: number
  /** Absolute path of the directory for list files; undefined: one `sync` run a path. */
  readonly listsDir: string | undefined
  /** What ends a list entry. @default '\n' */
  readonly listTerminator: '\n' | '\0'
  /** Runs in parallel. @default 1, with --pthread the number of cores, at least 2 */
  readonly jobs: number
  /** @default 'auto': until one has succeeded for this database */
  readonly initialSync: 'auto' | 'always' | 'never'
  /** @default 5000 */
  readonly retryDelayMs: number
  /** @default 3600000 */
  readonly retryDelayMaxMs: number
  /** 0: no limit. @default 86400000 */
  readonly syncTimeoutMs: number
  /** Exit codes that count as success besides 0. */
  readonly ignoreExitCodes: readonly number[]
  /** 0: never. @default 86400000 */
  readonly auditIntervalMs: number
  /** Largest deletion that one reconcile may find. @default 50 % */
  readonly maxDelete: DeleteLimit
  /** Take a watch directory that was replaced as the new one. */
  readonly acceptNewRoot: boolean
  readonly background: boolean
  /** How much is logged. */
  readonly verbosity: 'quiet' | 'normal' | 'verbose' | 'debug'
  /** @default 'text' */
  readonly logFormat: 'text' | 'json'
}

export type EngineChoice = 'inotify' | 'fanotify' | 'chokidar' | 'auto'

export type DeleteLimit =
  | { readonly unit: 'entries'; readonly limit: number }
  | { readonly unit: 'percent'; readonly limit: number }

type Fixed =
  | 'label'
  | 'collectDelayMs'
  | 'commonDelayMs'
  | 'bigFileThreshold'
  | 'bigFileCollectDelayMs'
  | 'initialSync'
  | 'retryDelayMs'
  | 'retryDelayMaxMs'
  | 'syncTimeoutMs'
  | 'auditIntervalMs'
  | 'maxDelete'
  | 'logFormat'

/** Every default that does not depend on the surroundings; `pollMs` is that of `--poll` alone. */
export const DEFAULTS: Readonly<Pick<Options, Fixed>> & { readonly pollMs: number } = {
  label: 'nolabel',
  pollMs: 5000,
  collectDelayMs: 30_000,
  commonDelayMs: 15_000,
  bigFileThreshold: 134_217_728,
  bigFileCollectDelayMs: 1_800_000,
  initialSync: 'auto',
  retryDelayMs: 5000,
  retryDelayMaxMs: 3_600_000,
  syncTimeoutMs: 86_400_000,
  auditIntervalMs: 86_400_000,
  maxDelete: { unit: 'percent', limit: 50 },
  logFormat: 'text',
}

const ENGINES = ['inotify', 'fanotify', 'chokidar', 'auto'] as const
const MOST_JOBS = 256
const SHORTEST_POLL_SECONDS = 0.1

/**
 * Turns what was given into options: checked, completed, frozen. Looks at nothing but its arguments;
 * whether the paths exist is for the caller to find out.
 *
 * @throws ClsyncError `usage`
 */
export function resolveOptions(given: Given, surroundings: Surroundings): Options {
  const { switches } = given
  const setting = (name: Setting): string | undefined => given.settings.get(name)?.[0]
  const seconds = (name: Setting, fallbackMs: number): number => {
    const text = setting(name)
    return text === undefined ? fallbackMs : readSeconds(`--${name}`, text)
  }
  // Before the operands: a flag whose value was forgotten took the first of them for it.
  const retryDelayMs = seconds('retrydelay', DEFAULTS.retryDelayMs)
  const delays = {
    collectDelayMs: seconds('collectdelay', DEFAULTS.collectDelayMs),
    commonDelayMs: seconds('commondelay', DEFAULTS.commonDelayMs),
    bigFileCollectDelayMs: seconds('bigfilecollectdelay', DEFAULTS.bigFileCollectDelayMs),
    retryDelayMs,
    retryDelayMaxMs: readRetryDelayMax(setting('retrydelaymax'), retryDelayMs),
    syncTimeoutMs: seconds('synctimeout', DEFAULTS.syncTimeoutMs),
    auditIntervalMs: seconds('auditinterval', DEFAULTS.auditIntervalMs),
  }
  const { watchDir, script, rulesFile } = readOperands(given.operands)
  const label = readLabel(setting('label'))
  return Object.freeze({
    ...delays,
    watchDir,
    script: resolve(surroundings.cwd, script),
    rulesFile,
    label,
    db: readDb(setting('db'), label, watchDir, surroundings),
    engine: readEngine(given, surroundings.platform),
    pollMs: readPoll(given.settings.get('poll')),
    bigFileThreshold: readThreshold(setting('bigfilethreshold')),
    listsDir: readListsDir(setting('outlistsdir'), surroundings.cwd),
    listTerminator: switches.has('null') ? '\0' : '\n',
    jobs: readJobs(setting('jobs'), switches.has('pthread') ? Math.max(2, surroundings.cores) : 1),
    initialSync: readChoice('initialsync', setting('initialsync'), ['auto', 'always', 'never']),
    ignoreExitCodes: readExitCodes(given.settings.get('ignoreexitcode') ?? []),
    maxDelete: readMaxDelete(setting('maxdelete')),
    acceptNewRoot: switches.has('acceptnewroot'),
    background: switches.has('background'),
    verbosity: readVerbosity(switches),
    logFormat: readChoice('logformat', setting('logformat'), ['text', 'json']),
  })
}

function readOperands(operands: readonly string[]): {
  readonly watchDir: string
  readonly script: string
  readonly rulesFile: string | undefined
} {
  const [watchDir, script, rulesFile, ...more] = operands
  if (watchDir === undefined) throw missing('watch directory')
  if (script === undefined) throw missing('action script')
  if (more.length > 0) {
    throw new ClsyncError('usage', `'${more[0]}' is one argument too many`, { hint: SYNTAX_HINT })
  }
  if (watchDir === '') throw empty('watch directory')
  if (script === '') throw empty('action script')
  if (rulesFile === '') throw empty('rules file')
  return { watchDir: withoutTrailingSlashes(watchDir), script, rulesFile }
}

const SYNTAX_HINT = 'clsync [flags] <watch dir> <action script> [file with rules regexps]'

function missing(what: string): ClsyncError {
  return new ClsyncError('usage', `the ${what} is missing`, { hint: SYNTAX_HINT })
}

function empty(what: string): ClsyncError {
  return new ClsyncError('usage', `the name of the ${what} is empty`, {
    hint: 'perhaps a variable of the calling script was not set',
  })
}

function withoutTrailingSlashes(path: string): string {
  return path.replace(/\/+$/, '') || '/'
}

/** List lines are `sync LABEL EVMASK PATH`: white space in a label would shift what follows. */
function readLabel(text: string | undefined): string {
  if (text === undefined) return DEFAULTS.label
  if (text !== '' && !/[\s\p{Cc}\ufffd]/u.test(text)) return text
  const what = text === '' ? '--label is empty' : `--label '${text}' cannot go into a list line`
  throw new ClsyncError('usage', what, {
    hint: 'a label is UTF-8 text without white space and control characters',
  })
}

function readDb(
  text: string | undefined,
  label: string,
  watchDir: string,
  surroundings: Surroundings,
): string {
  if (text === '') throw empty('database')
  if (text === undefined) return defaultDatabase(label, watchDir, surroundings)
  if (text.includes('\ufffd')) {
    throw new ClsyncError('usage', `--db ${text} is not UTF-8`, { hint: 'give another name' })
  }
  return resolve(surroundings.cwd, text)
}

function readEngine({ switches, settings }: Given, platform: NodeJS.Platform): EngineChoice {
  const chosen = ENGINES.filter((engine) => switches.has(engine))
  if (settings.has('poll') && !switches.has('chokidar')) chosen.push('chokidar')
  const [engine, other] = chosen
  if (other === undefined) return engine ?? (platform === 'linux' ? 'inotify' : 'chokidar')
  const isPolling = settings.has('poll')
  const excluded = isPolling && other === 'chokidar' ? 'poll' : other
  throw new ClsyncError('usage', `--${engine} and --${excluded} exclude each other`, {
    hint: isPolling ? '--poll works with chokidar only' : 'choose one engine',
  })
}

/** @param texts - empty for `--poll` without a value */
function readPoll(texts: readonly string[] | undefined): number | undefined {
  if (texts === undefined) return undefined
  const [text] = texts
  return text === undefined ? DEFAULTS.pollMs : readSeconds('--poll', text, SHORTEST_POLL_SECONDS)
}

function readThreshold(text: string | undefined): number {
  return text === undefined ? DEFAULTS.bigFileThreshold : readSize('--bigfilethreshold', text)
}

function readListsDir(text: string | undefined, cwd: string): string | undefined {
  if (text === '') throw empty('list directory')
  return text === undefined ? undefined : resolve(cwd, text)
}

function readJobs(text: string | undefined, fallback: number): number {
  if (text === undefined) return Math.min(Math.max(1, fallback), MOST_JOBS)
  return readWhole('--jobs', text, { min: 1, max: MOST_JOBS })
}

/** The maximum follows a longer first delay by itself, but not against the user's word. */
function readRetryDelayMax(text: string | undefined, retryDelayMs: number): number {
  if (text === undefined) return Math.max(DEFAULTS.retryDelayMaxMs, retryDelayMs)
  const maxMs = readSeconds('--retrydelaymax', text)
  if (maxMs >= retryDelayMs) return maxMs
  throw new ClsyncError('usage', `--retrydelaymax ${text} is less than --retrydelay`, {
    hint: `give at least ${retryDelayMs / 1000}`,
  })
}

function readExitCodes(texts: readonly string[]): readonly number[] {
  const codes = texts.map((text) => readWhole('--ignoreexitcode', text, { min: 0, max: 255 }))
  return Object.freeze([...new Set(codes)])
}

function readMaxDelete(text: string | undefined): DeleteLimit {
  if (text === undefined) return DEFAULTS.maxDelete
  const percent = readPercent('--maxdelete', text)
  if (percent !== undefined) return Object.freeze({ unit: 'percent', limit: percent })
  const limit = readWhole('--maxdelete', text, { min: 0, max: Number.MAX_SAFE_INTEGER })
  return Object.freeze({ unit: 'entries', limit })
}

function readVerbosity(switches: ReadonlySet<Switch>): Options['verbosity'] {
  const loud = switches.has('debug') ? 'debug' : switches.has('verbose') ? 'verbose' : undefined
  if (!switches.has('quite')) return loud ?? 'normal'
  if (loud === undefined) return 'quiet'
  throw new ClsyncError('usage', `--quite and --${loud} exclude each other`, {
    hint: 'leave one of them away',
  })
}

/** The first choice is the default. */
function readChoice<Choice extends string>(
  name: Setting,
  text: string | undefined,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const choice = text === undefined ? choices[0] : choices.find((known) => known === text)
  if (choice !== undefined) return choice
  throw new ClsyncError('usage', `--${name} '${text}' is not known`, {
    hint: `choose one of ${choices.join(', ')}`,
  })
}
