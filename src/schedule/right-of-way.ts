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
 * So longer and longer runs get the time to end, and one that hangs does not hold up all others. Of
 * directories above each other the one that waits longest counts alone, or their phases would add up.
 */
export class RightOfWay {
  /** Since when they wait. */
  readonly #waiting = new Map<BytePath, number>()

  /** A directory was asked for in vain. */
  wait(directory: BytePath, now: number): void {
    const since = this.#waiting.get(directory)
    if (since === undefined || phaseAt(since, now) > PHASES) this.#waiting.set(directory, now)
  }

  /** A run has it, so it waits no more. */
  had(path: BytePath): void {
    this.#waiting.delete(path)
  }

  /** Forgets directories that nobody will ask for again. */
  keepOnly(isAskedFor: (directory: BytePath) => boolean): void {
    for (const directory of this.#waiting.keys()) {
      if (!isAskedFor(directory)) this.#waiting.delete(directory)
    }
  }

  /** Says whether a path has to step back for one of these directories above it. */
  holdsUp(path: BytePath, above: Iterable<BytePath>, now: number): boolean {
    if (this.#waiting.size === 0 || this.#waiting.has(path)) return false
    let longest = Infinity
    for (const directory of above) {
      longest = Math.min(longest, this.#waiting.get(directory) ?? Infinity)
    }
    return othersStepBack(longest, now)
  }

  /** When something that stepped back may go on, if nothing else happens. */
  endsAt(now: number): number {
    let earliest = Infinity
    for (const since of this.#waiting.values()) {
      if (!othersStepBack(since, now)) continue
      earliest = Math.min(earliest, since + PATIENCE_MS * 2 ** phaseAt(since, now))
    }
    return earliest
  }
}

/** 0 is the one before others step back, and of an instant to come. */
function phaseAt(since: number, now: number): number {
  if (now - since < PATIENCE_MS) return 0
  return Math.floor(Math.log2((now - since) / PATIENCE_MS)) + 1
}

function othersStepBack(since: number, now: number): boolean {
  const phase = phaseAt(since, now)
  return phase <= PHASES && phase % 2 === 1
}
