import type { RunOutcome } from '../model/run-outcome.ts'
import type { NamedFailures } from './failed-file.ts'
import type { FailureWords } from './failure-words.ts'
import type { SupervisedEnd } from './supervision.ts'

/** What the user chose that matters for outcomes. */
export interface Tolerance {
  /** Milliseconds; 0: no limit. */
  readonly timeoutMs: number
  /** Exit codes that count as success besides 0. */
  readonly ignoreExitCodes: readonly number[]
}

/** Returns the outcome of a run whose script never began. */
export function neverRan(words: FailureWords): RunOutcome {
  return {
    succeeded: false,
    exitCode: undefined,
    signal: undefined,
    ...words,
    tail: '',
    failedPaths: [],
    strangePaths: [],
  }
}

/** Judges the end of a script that began. */
export function outcomeOf(end: SupervisedEnd, tail: string, tolerance: Tolerance): RunOutcome {
  const { exitCode, signal } = end
  const isTolerated = exitCode === 0 || tolerance.ignoreExitCodes.includes(exitCode ?? Number.NaN)
  const succeeded = exitedByItself(end) && isTolerated
  const { why, hint } = wordsFor(end, tolerance)
  return {
    succeeded,
    exitCode,
    signal,
    why: succeeded && exitCode !== 0 ? `${why} (ignored)` : why,
    hint: succeeded ? undefined : (hint ?? hintFromOutput(tail)),
    tail,
    failedPaths: [],
    strangePaths: [],
  }
}

/** Says whether what the script says of single paths can be trusted. */
export function exitedByItself(end: SupervisedEnd): boolean {
  return end.ending === undefined && end.signal === undefined && end.exitCode !== undefined
}

/** Adds what the script named as failed. */
export function withNamed(outcome: RunOutcome, named: NamedFailures): RunOutcome {
  return { ...outcome, failedPaths: named.failed, strangePaths: named.strange }
}

/** A script that names everything it was given has done nothing, whatever it exits with. */
export function unlessAllNamed(outcome: RunOutcome, paths: number): RunOutcome {
  return outcome.failedPaths.length < paths ? outcome : spoiled(outcome, ALL_NAMED)
}

const ALL_NAMED = { why: 'the script named all paths as failed', hint: undefined }

/** Turns a success into a failure; a failure keeps its own words. */
export function spoiled(outcome: RunOutcome, words: FailureWords): RunOutcome {
  return outcome.succeeded ? { ...outcome, succeeded: false, ...words } : outcome
}

function wordsFor({ ending, signal, exitCode }: SupervisedEnd, tolerance: Tolerance): FailureWords {
  if (ending === 'timed out') {
    return {
      why: `timed out after ${tolerance.timeoutMs / 1000} s`,
      hint: 'give it more time with --synctimeout, 0 for no limit',
    }
  }
  const how = signal === undefined ? `exit code ${exitCode}` : `killed by ${signal}`
  if (ending === 'terminated') return { why: `ended by the daemon (${how})`, hint: undefined }
  return { why: how, hint: exitHint(exitCode) }
}

/** Exit codes of a shell that could not run something (POSIX, 2.8.2 Exit Status for Commands). */
function exitHint(exitCode: number | undefined): string | undefined {
  if (exitCode === 127) return 'a command was not found: is PATH the same as in your shell?'
  if (exitCode === 126) return 'a command was found but is not executable'
  return undefined
}

/** Our pipes are sockets, and Linux does not open sockets by name. */
function hintFromOutput(tail: string): string | undefined {
  if (!/\/dev\/std(?:err|out): No such device or address/.test(tail)) return undefined
  return 'under clsync stdout and stderr are sockets: write `>&2` instead of `> /dev/stderr`'
}
