import type { Clock } from '../clock.ts'
import type { Child, FedChild, Spawner } from './child.ts'
import type { Command } from './command.ts'
import type { Environment } from './environment.ts'
import { isExecutable, isProgram } from './script-file.ts'
import {
  followed,
  neverStarted,
  type OutputListener,
  type ScriptProcess,
} from './script-process.ts'
import { becoming, Standby } from './standby.ts'

/** What is to be started. */
export interface Launch {
  readonly command: Command
  /** Variables besides those that all scripts get. */
  readonly variables: Environment
  /** It failed before. */
  readonly isRetry: boolean
  readonly output: OutputListener
  /** Told of the process, before the script does anything where that can be. Must not throw. */
  readonly onProcess: (pid: number) => void
}

/** Milliseconds after a start until the next shell is prepared: a short script has ended by then. */
const PREPARE_AFTER_MS = 10

/** Starts scripts: from a shell that stands by where there is one, else by a spawn. */
export class Launcher {
  readonly #spawner: Spawner
  readonly #environment: Environment
  readonly #clock: Clock
  readonly #standby: Standby
  #cancelTimer: () => void = () => undefined
  #isClosed = false

  /**
   * @param environment what all scripts get
   * @param ignoreExitCodes codes that are taken for success
   */
  constructor(
    spawner: Spawner,
    environment: Environment,
    ignoreExitCodes: readonly number[],
    clock: Clock,
  ) {
    this.#spawner = spawner
    this.#environment = environment
    this.#clock = clock
    this.#standby = new Standby(spawner, environment, ignoreExitCodes)
  }

  /** Starts a script. Failing to is an end like others: this never throws. */
  start(launch: Launch): ScriptProcess {
    const text = textFor(launch)
    const shell = text === undefined ? undefined : this.#standby.take()
    this.#prepareSoon()
    return text === undefined || shell === undefined
      ? this.#spawn(launch)
      : become(shell, text, launch)
  }

  /** Keeps nothing ready any more. */
  close(): void {
    this.#isClosed = true
    this.#cancelTimer()
    this.#standby.dismiss()
  }

  #spawn({ command, variables, output, onProcess }: Launch): ScriptProcess {
    let child: Child
    try {
      child = this.#spawner.spawn(command, { ...this.#environment, ...variables })
    } catch (error) {
      return neverStarted(error)
    }
    const script = followed(child, output)
    if (script.pid !== undefined) onProcess(script.pid)
    return script
  }

  #prepareSoon(): void {
    this.#cancelTimer()
    if (this.#isClosed) return
    this.#cancelTimer = this.#clock.after(PREPARE_AFTER_MS, () => this.#standby.prepare())
  }
}

function become(shell: FedChild, text: string, { output, onProcess }: Launch): ScriptProcess {
  const script = followed(shell, output)
  if (script.pid !== undefined) onProcess(script.pid)
  shell.stdin.end(text)
  return script
}

/**
 * What a shell is to be told; undefined where a spawn is better: only a spawn gives the errors of
 * starting their names, and whoever retries has time.
 */
function textFor({ command, variables, isRetry }: Launch): string | undefined {
  const isFit = !isRetry && isExecutable(command.file) && isProgram(command.file)
  return isFit ? becoming(command, variables) : undefined
}
