import { readFileSync } from 'node:fs'

import type { Clock } from '../clock.ts'
import { allProcesses, hasProc } from './proc-stat.ts'
import { identityOf, isRunning, waitUntilEnded } from './process-identity.ts'
import { type Limits, Supervision } from './supervision.ts'

/** A run of a daemon that died, as its database remembers it. */
export interface InterruptedRun {
  readonly id: number
  /** Process of its script, if that was recorded. */
  readonly pid: number | undefined
  /** See {@link identityOf}. */
  readonly identity: string | undefined
}

/** A script that is still running although its daemon is gone. */
export interface OutlivedScript {
  readonly run: number
  readonly pid: number
  readonly identity: string
}

/**
 * Finds scripts that outlived their daemon, so that their paths wait for them (P3):
 *
 * - by the process recorded for each run, if it is the very same and not another with its id;
 * - by their environment and arguments, since a daemon may die between starting a script and
 *   recording it. This also finds runs that `runs` does not hold, because the database was replaced. Needs
 *   `/proc`; elsewhere that moment stays uncovered.
 *
 * `db` is the absolute path of the database, as the scripts got it in CLSYNC_DB.
 */
export function findOutlived(db: string, runs: readonly InterruptedRun[]): OutlivedScript[] {
  const found = new Map<number, OutlivedScript>()
  for (const script of recorded(runs)) found.set(script.pid, script)
  for (const script of unrecorded(db)) found.set(script.pid, script)
  return [...found.values()]
}

/**
 * Resolves when a script that outlived its daemon has ended. It is ended when its time is over, as
 * its own daemon would have done; `onTimeout` is told then.
 */
export async function endOfOutlived(
  { pid, identity }: OutlivedScript,
  limits: Limits,
  clock: Clock,
  onTimeout: () => void,
): Promise<void> {
  const ended = waitUntilEnded(pid, identity).then(() => UNKNOWN_END)
  await new Supervision({ pid, ended }, limits, clock, onTimeout).end()
}

/** Exit codes are told to parents only. */
const UNKNOWN_END = { exitCode: undefined, signal: undefined, error: undefined }

function* recorded(runs: readonly InterruptedRun[]): Generator<OutlivedScript> {
  for (const { id, pid, identity } of runs) {
    if (pid === undefined || identity === undefined) continue
    if (isRunning(pid, identity)) yield { run: id, pid, identity }
  }
}

function* unrecorded(db: string): Generator<OutlivedScript> {
  if (!hasProc()) return
  for (const { pid, session, isZombie } of allProcesses()) {
    if (session !== pid || isZombie || pid === process.pid) continue
    const run = runOf(pid, db)
    const identity = run === undefined ? undefined : identityOf(pid)
    if (run !== undefined && identity !== undefined) yield { run, pid, identity }
  }
}

/**
 * Returns which run of this database a process was started for. What a script started inherits
 * the environment, and may lead a session too (an ssh master connection, which may stay for days): only the
 * script itself has our arguments.
 */
function runOf(pid: number, db: string): number | undefined {
  const environment = readStrings(`/proc/${pid}/environ`)
  if (!environment.includes(`CLSYNC_DB=${db}`)) return undefined
  const run = Number(valueOf(environment, 'CLSYNC_RUN_ID') ?? Number.NaN)
  const label = valueOf(environment, 'CLSYNC_LABEL')
  if (!Number.isInteger(run) || label === undefined) return undefined
  return hasOurArguments(readStrings(`/proc/${pid}/cmdline`), label) ? run : undefined
}

function hasOurArguments(words: readonly string[], label: string): boolean {
  return words.some((word, at) => KINDS.has(word) && words[at + 1] === label)
}

const KINDS: ReadonlySet<string> = new Set(['initialsync', 'sync', 'synclist'])

function valueOf(environment: readonly string[], name: string): string | undefined {
  return environment.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** Reads a file of strings that end in NUL; a process that is gone or not ours has none. */
function readStrings(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\0')
  } catch {
    return []
  }
}
