import type { Clock } from '../clock.ts'
import { isGroupAtWork, signalGroup } from './process-group.ts'
import type { ProcessEnd, ScriptProcess } from './script-process.ts'

/** Milliseconds that rsync or a database dump gets to clean up after itself. */
export const KILL_GRACE_MS: number = 5_000

/** How long a script may run, and how long it may take to end when told to. */
export interface Limits {
  /** Milliseconds; 0: no limit. */
  readonly timeoutMs: number
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly killGraceMs: number
}

/** Why we ended a script that would have gone on. */
export type Ending = 'timed out' | 'terminated'

export interface SupervisedEnd extends ProcessEnd {
  /** Undefined: it ended by itself. */
  readonly ending: Ending | undefined
}

/** Milliseconds between two looks whether a process group is empty. */
const GROUP_POLL_MS = 20

/** Milliseconds after SIGKILL until what is left (a disk or server that hangs) is given up. */
const KILLED_MS = 1_000

/**
 * Watches over one script:
 *
 * ```text
 * running ──ends──▶ ended
 *    └─timeout, terminate()──▶ SIGTERM to its process group ──all gone──▶ ended
 *                                   └─killGraceMs──▶ SIGKILL to the group ──▶ ended
 * ```
 *
 * A script that was told to end counts as ended only when its whole process group has: a transfer
 * it left behind would otherwise still write when its paths are handed out again.
 */
export class Supervision {
  readonly #script: ScriptProcess
  readonly #limits: Limits
  readonly #clock: Clock
  readonly #onTimeout: () => void
  #ending: Ending | undefined
  #isHopeless = false
  #isLeaderGone = false
  #cancelTimer: () => void = () => undefined

  /** @param onTimeout called when the script is ended because its time is over */
  constructor(
    script: ScriptProcess,
    limits: Limits,
    clock: Clock,
    onTimeout = (): void => undefined,
  ) {
    this.#script = script
    this.#limits = limits
    this.#clock = clock
    this.#onTimeout = onTimeout
    if (limits.timeoutMs > 0) this.#limitTime(clock.now() + limits.timeoutMs)
  }

  /** Resolves when the script ended and, if it was told to end, its process group too. */
  async end(): Promise<SupervisedEnd> {
    const end = await this.#script.ended
    this.#isLeaderGone = true
    if (this.#ending === undefined) this.#cancelTimer()
    else await this.#groupIsDone()
    this.#cancelTimer()
    return { ...end, ending: this.#ending }
  }

  /** Ends the script: with SIGTERM and, after a grace, SIGKILL. */
  terminate(): void {
    this.#endGently('terminated')
  }

  /** Timers are short of 25 days and may come early: the deadline decides. */
  #limitTime(deadline: number): void {
    const left = deadline - this.#clock.now()
    if (left > 0) {
      this.#cancelTimer = this.#clock.after(left, () => this.#limitTime(deadline))
      return
    }
    this.#endGently('timed out')
    this.#onTimeout()
  }

  #endGently(ending: Ending): void {
    const { pid } = this.#script
    if (this.#ending !== undefined || this.#isLeaderGone || pid === undefined) return
    this.#ending = ending
    this.#cancelTimer()
    signalGroup(pid, 'SIGTERM')
    this.#cancelTimer = this.#clock.after(this.#limits.killGraceMs, () => this.#kill(pid))
  }

  #kill(pid: number): void {
    signalGroup(pid, 'SIGKILL')
    this.#cancelTimer = this.#clock.after(KILLED_MS, () => {
      this.#isHopeless = true
    })
  }

  async #groupIsDone(): Promise<void> {
    while (!this.#isHopeless && this.#isGroupAtWork()) {
      await new Promise<void>((resolve) => this.#clock.after(GROUP_POLL_MS, resolve))
    }
  }

  #isGroupAtWork(): boolean {
    const { pid } = this.#script
    return pid !== undefined && isGroupAtWork(pid)
  }
}
