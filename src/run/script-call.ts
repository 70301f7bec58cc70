import { ClsyncError } from '../errors.ts'
import type { BytePath, Event, Run } from '../model/glossary.ts'
import type { RunOutcome } from '../model/run-outcome.ts'
import { scriptCommand } from './command.ts'
import { runVariables } from './environment.ts'
import { createFailedFile, readFailedFile, removeFailedFile } from './failed-file.ts'
import { emptyScript, spawnFailure, wordsOf } from './failure-words.ts'
import { exitedByItself, neverRan, outcomeOf, spoiled, withNamed } from './outcome.ts'
import { identityOf } from './process-identity.ts'
import { isEmpty } from './script-file.ts'
import { ScriptOutput } from './script-output.ts'
import { Supervision } from './supervision.ts'
import type { Workshop } from './workshop.ts'

/** One call of the action script: `WORDS PATH`. */
export interface ScriptCall {
  readonly words: readonly string[]
  /** Last argument, as scripts see it. */
  readonly path: BytePath
  /** What it is about; none for an initial sync. */
  readonly events: readonly Event[]
}

/** A call that has begun. */
export interface CallInProgress {
  readonly supervision: Supervision
  readonly outcome: Promise<RunOutcome>
}

/**
 * Calls the script once; it is running when this returns, or will never.
 *
 * @throws ClsyncError `failed` when the call cannot be prepared
 */
export function callScript(workshop: Workshop, run: Run, call: ScriptCall): CallInProgress {
  const { settings, listener, launcher, clock, files } = workshop
  refuseEmpty(settings.script)
  const failedFile = createFailedFile(files, run.id)
  const output = new ScriptOutput((line) => listener.output(run.id, line))
  const script = launcher.start({
    command: scriptCommand(settings.script, call.words, call.path),
    variables: runVariables(run, failedFile),
    isRetry: run.attempt > 1,
    output,
    onProcess: (pid) => listener.spawned(run.id, pid, identityOf(pid)),
  })
  const supervision = new Supervision(script, settings, clock)
  const outcome = settle(workshop, call, { supervision, output, failedFile })
  return { supervision, outcome }
}

interface Parts {
  readonly supervision: Supervision
  readonly output: ScriptOutput
  readonly failedFile: string
}

async function settle(workshop: Workshop, call: ScriptCall, parts: Parts): Promise<RunOutcome> {
  const { settings } = workshop
  try {
    const end = await parts.supervision.end()
    const tail = parts.output.end()
    if (end.error !== undefined) return neverRan(spawnFailure(settings.script, end.error))
    const outcome = outcomeOf(end, tail, settings)
    return exitedByItself(end)
      ? withWhatItNamed(outcome, parts.failedFile, call, workshop)
      : outcome
  } finally {
    removeFailedFile(parts.failedFile)
  }
}

function withWhatItNamed(
  outcome: RunOutcome,
  failedFile: string,
  { events }: ScriptCall,
  { layout }: Workshop,
): RunOutcome {
  try {
    const named = readFailedFile(failedFile, events, layout)
    const isInitialSync = events.length === 0
    if (isInitialSync && named.strange.length > 0) return spoiled(outcome, NAMED_IN_INITIAL_SYNC)
    return withNamed(outcome, named)
  } catch (error) {
    return spoiled(outcome, wordsOf(error))
  }
}

/** There are no single events that could stay, so all of it stays. */
const NAMED_IN_INITIAL_SYNC = {
  why: 'the script named paths that failed',
  hint: 'the initial sync is repeated as a whole',
}

/** A shell runs an empty file and exits 0: while the script is edited, all would count as done. */
function refuseEmpty(script: string): void {
  if (!isEmpty(script)) return
  const { why, hint } = emptyScript(script)
  throw new ClsyncError('failed', why, { hint })
}
