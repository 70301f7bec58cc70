import type { Clock } from '../../dist/clock.js'
import { parentOf } from '../../dist/model/byte-path.js'
import type { BytePath, Event, Run } from '../../dist/model/glossary.js'
import type { RunOutcome } from '../../dist/model/run-outcome.js'
import type { RunHandle, Runner } from '../../dist/run/runner.js'

/** How a script ends: whole, in part, or not by itself. */
export type Ending =
  | { readonly type: 'succeeds' }
  | { readonly type: 'fails' }
  | { readonly type: 'names'; readonly failed: readonly BytePath[]; readonly exitCode: number }
  | { readonly type: 'killed' }
  | { readonly type: 'timed out' }

export interface FakeScript {
  /** Milliseconds that a run takes. */
  readonly takesMs: (paths: readonly BytePath[]) => number
  /** Asked when the run ends. */
  readonly ends: (paths: readonly BytePath[]) => Ending
}

/** A run as it happened. */
export interface FakeRun {
  readonly run: Run
  readonly paths: readonly BytePath[]
  readonly masks: ReadonlyMap<BytePath, number>
  readonly startedAt: number
  endedAt: number | undefined
  ending: Ending | undefined
}

export interface FakeRunListener {
  readonly onBegin?: (run: FakeRun) => void
  readonly onEnd?: (run: FakeRun) => void
}

/** Runs no script but a function, and sees to it that no two runs hold the same (P3). */
export class FakeRunner implements Runner {
  readonly runs: FakeRun[] = []
  readonly #running = new Set<FakeRun>()
  readonly #clock: Clock
  readonly #script: FakeScript
  readonly #listener: FakeRunListener

  constructor(clock: Clock, script: FakeScript, listener: FakeRunListener) {
    this.#clock = clock
    this.#script = script
    this.#listener = listener
  }

  get running(): number {
    return this.#running.size
  }

  start(run: Run, events: readonly Event[]): RunHandle {
    const paths = events.map(({ path }) => path)
    const masks = new Map(events.map(({ path, mask }) => [path, mask]))
    const startedAt = this.#clock.now()
    const fake: FakeRun = { run, paths, masks, startedAt, endedAt: undefined, ending: undefined }
    this.#assertFree(fake)
    this.runs.push(fake)
    this.#running.add(fake)
    this.#listener.onBegin?.(fake)
    let cancel: () => void = () => undefined
    let end: (ending: Ending) => void = () => undefined
    const outcome = new Promise<RunOutcome>((resolve) => {
      end = (ending) => resolve(this.#end(fake, ending))
      cancel = this.#clock.after(this.#script.takesMs(paths), () => end(this.#script.ends(paths)))
    })
    const terminate = (): void => {
      cancel()
      end({ type: 'killed' })
    }
    // There is one call in a run, which goes on.
    return { outcome, terminate, letGo: () => undefined }
  }

  close(): void {
    // Nothing is kept ready here.
  }

  #end(fake: FakeRun, ending: Ending): RunOutcome {
    fake.endedAt = this.#clock.now()
    fake.ending = ending
    this.#running.delete(fake)
    this.#listener.onEnd?.(fake)
    return outcomeOf(ending, fake.paths.length)
  }

  #assertFree({ paths }: FakeRun): void {
    for (const other of this.#running) {
      const clash = meetingOf(paths, other.paths) ?? meetingOf(other.paths, paths)
      if (clash !== undefined) throw new Error(`P3: ${clash} is in run ${other.run.id} already`)
    }
  }
}

/** The first of the paths that is one of the others or below one. */
function meetingOf(paths: readonly BytePath[], others: readonly BytePath[]): BytePath | undefined {
  const held = new Set(others)
  return paths.find((path) => {
    for (let above = path; ; above = parentOf(above)) {
      if (held.has(above)) return true
      if (above === '') return false
    }
  })
}

/** The paths of a run that it did. */
export function donePaths({ paths, ending }: FakeRun): readonly BytePath[] {
  if (ending?.type === 'succeeds') return paths
  if (ending?.type !== 'names') return []
  const isPartial = ending.failed.length > 0 && ending.failed.length < paths.length
  if (ending.exitCode !== 0 && !isPartial) return []
  const failed = new Set(ending.failed)
  return paths.filter((path) => !failed.has(path))
}

function outcomeOf(ending: Ending, paths: number): RunOutcome {
  const base = { hint: undefined, tail: '', failedPaths: [], strangePaths: [], signal: undefined }
  switch (ending.type) {
    case 'succeeds':
      return { ...base, succeeded: true, exitCode: 0, why: 'exit code 0' }
    case 'fails':
      return { ...base, succeeded: false, exitCode: 1, why: 'exit code 1', tail: 'no\n' }
    case 'names': {
      const { failed: failedPaths, exitCode } = ending
      const why = `exit code ${exitCode}`
      const succeeded = exitCode === 0 && failedPaths.length < paths
      return { ...base, succeeded, exitCode, why, failedPaths }
    }
    case 'killed':
      return {
        ...base,
        succeeded: false,
        exitCode: undefined,
        signal: 'SIGKILL',
        why: 'killed by SIGKILL',
      }
    case 'timed out':
      return { ...base, succeeded: false, exitCode: 143, why: 'timed out after 1 s' }
  }
}
