import type { BytePath } from '../model/glossary.ts'

/** So long a directory waits for runs below it before others step back for it, milliseconds. */
const PATIENCE_MS = 60_000
/** Phases of waiting, each as long as all before it, until they begin anew. */
const PHASES = 8

/**
 * Directories whose own events wait for runs below them (P3). Where there is always such a run they
 * would wait for ever, so in every other phase nothing below them begins:
 *
 * ```text
 * minutes   0 ── 1 ───────── 2 ── 4 ───────── 8 ── 16 ───────── 32 ── 64 ───────── 128 ── 256 ▶ 0
 * others      go   step back   go   step back   go    step back    go    step back     go
 * ```
 *
 * So longer and longer runs get the time to end, and one that hangs does not hold up all others.
 */
export class RightOfWay {
  readonly #waiting = new Map<BytePath, Waiting>()

  /** A directory was asked for in vain. */
  wait(directory: BytePath, now: number): void {
    const waiting = this.#waiting.get(directory)
    if (waiting === undefined || !isPhase(phaseOf(waiting, now))) {
      this.#waiting.set(directory, { since: now, askedAt: now })
    } else {
      waiting.askedAt = now
    }
  }

  /** A run has it, so it waits no more. */
  had(path: BytePath): void {
    this.#waiting.delete(path)
  }

  /** Says whether what is below this directory has to step back for it. */
  has(directory: BytePath, now: number): boolean {
    const waiting = this.#waiting.get(directory)
    return waiting !== undefined && othersStepBack(waiting, now)
  }

  /** When something that stepped back may go on, if nothing else happens. */
  endsAt(now: number): number {
    let earliest = Infinity
    for (const [directory, waiting] of this.#waiting) {
      const phase = phaseOf(waiting, now)
      if (!isPhase(phase)) this.#waiting.delete(directory)
      if (!othersStepBack(waiting, now)) continue
      earliest = Math.min(earliest, waiting.since + PATIENCE_MS * 2 ** phase)
    }
    return earliest
  }
}

interface Waiting {
  readonly since: number
  askedAt: number
}

/** 0 is the one before others step back. NaN if the clock was set back. */
function phaseOf({ since }: Waiting, now: number): number {
  return Math.max(0, Math.floor(Math.log2((now - since) / PATIENCE_MS)) + 1)
}

function isPhase(phase: number): boolean {
  return phase <= PHASES
}

/** Not if nobody asks for it any more: its event was deleted, or has a time of its own now. */
function othersStepBack(waiting: Waiting, now: number): boolean {
  const isAskedFor = now - waiting.askedAt <= Math.max(PATIENCE_MS, (now - waiting.since) / 2)
  const phase = phaseOf(waiting, now)
  return isAskedFor && isPhase(phase) && phase % 2 === 1
}
