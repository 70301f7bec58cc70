import { systemClock, type Clock } from '../clock.ts'
import type { Event, Run } from '../model/glossary.ts'
import type { Spawner } from './child.ts'
import { Execution } from './execution.ts'
import type { RunOutcome } from '../model/run-outcome.ts'
import { openWorkshop, type RunnerListener, type RunnerSettings } from './workshop.ts'

export { loadSpawner } from './child.ts'
export { KILL_GRACE_MS } from './supervision.ts'
export type { RunnerListener, RunnerSettings } from './workshop.ts'

/** A run in progress. */
export interface RunHandle {
  /** Resolves when the run ended and its files are removed; rejects only for a bug of ours. */
  readonly outcome: Promise<RunOutcome>
  /**
   * Ends the script and all of its process group: SIGTERM, then SIGKILL after the grace. The run
   * counts as failed even if the script then exits 0.
   */
  readonly terminate: () => void
  /** Calls the script no more, and lets a call in progress go on: somebody else looks after it. */
  readonly letGo: () => void
}

/** Runs the action script. */
export interface Runner {
  /**
   * Starts a run. `initialsync` takes no events, `sync` exactly one, `synclist` at least one. A
   * script that needs no list is running when this returns.
   */
  start(run: Run, events: readonly Event[]): RunHandle
  /** Keeps nothing ready for runs any more; those in progress go on. */
  close(): void
}

/** Returns a runner; `clock` is for the limits of time. */
export function createRunner(
  settings: RunnerSettings,
  listener: RunnerListener,
  spawner: Spawner,
  clock: Clock = systemClock(),
): Runner {
  const workshop = openWorkshop(settings, listener, spawner, clock)
  return {
    start(run, events) {
      const execution = new Execution(workshop, run)
      return {
        outcome: execution.perform(events),
        terminate: () => execution.terminate(),
        letGo: () => execution.letGo(),
      }
    },
    close: () => workshop.launcher.close(),
  }
}
