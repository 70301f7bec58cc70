import type { Clock } from '../clock.ts'
import { ClsyncError } from '../errors.ts'
import type { DaemonEmitter } from '../events.ts'
import type { RootIdentity } from '../queue/daemon-row.ts'
import { isSameRoot, lookAtRoot, type RootLook } from './root-identity.ts'

export interface RootGuardParts {
  readonly watchDir: string
  readonly clock: Clock
  readonly events: DaemonEmitter
  /** The watch directory is not what it was: stop handing over, stop watching. */
  readonly onLost: () => void
  /** It is back. */
  readonly onBack: () => void
  /** It is the same, but is to be known by something else from now on. */
  readonly onOtherIdentity: (identity: RootIdentity) => void
}

const LOOK_AGAIN_MS = 1_000

/**
 * P6: a missing or swapped watch directory is not a mass deletion.
 *
 * ```text
 * there ──gone, unmounted, unreadable, another──▶ held ──the same again──▶ there
 * ```
 */
export class RootGuard {
  readonly #parts: RootGuardParts
  #identity: RootIdentity
  #heldSince: number | undefined
  #losses = 0
  #isStopped = false
  #cancelTimer: () => void = () => undefined

  constructor(parts: RootGuardParts, identity: RootIdentity) {
    this.#parts = parts
    this.#identity = identity
  }

  /** What the watch directory has to be. */
  get identity(): RootIdentity {
    return this.#identity
  }

  get isHeld(): boolean {
    return this.#heldSince !== undefined
  }

  /** How often it was lost. */
  get losses(): number {
    return this.#losses
  }

  /** Looks whether the watch directory is still the same; holds when it is not. */
  check(): boolean {
    return this.identify() !== undefined
  }

  /** Returns the identity of the watch directory as it is now, or holds. */
  identify(): RootIdentity | undefined {
    if (this.isHeld) return undefined
    const look = this.#look()
    if (look.found) return look.identity
    this.hold(look.why)
    return undefined
  }

  /** Begins to hold. */
  hold(why: string): void {
    if (this.isHeld || this.#isStopped) return
    const { clock, events, watchDir, onLost } = this.#parts
    this.#heldSince = clock.now()
    this.#losses++
    events.emit('root:held', {
      why,
      hint:
        `nothing is deleted or run until ${watchDir} is back; ` +
        'start with --acceptnewroot if another directory took its place for good',
    })
    onLost()
    this.#lookLater()
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelTimer()
  }

  #look(): RootLook {
    const { watchDir } = this.#parts
    const look = lookAtRoot(watchDir)
    if (!look.found) return look
    if (!isSameRoot(this.#identity, look.identity, watchDir)) {
      return { found: false, why: `${watchDir} is another directory than before` }
    }
    this.#recognized(look.identity)
    return look
  }

  #recognized(identity: RootIdentity): void {
    const { dev, born } = this.#identity
    if (identity.dev === dev && identity.born === born) return
    this.#identity = identity
    this.#parts.onOtherIdentity(identity)
  }

  #lookLater(): void {
    this.#cancelTimer = this.#parts.clock.after(LOOK_AGAIN_MS, () => this.#lookAgain())
  }

  #lookAgain(): void {
    if (!this.#look().found) return this.#lookLater()
    const { clock, events, onBack } = this.#parts
    const heldMs = clock.now() - (this.#heldSince ?? clock.now())
    this.#heldSince = undefined
    events.emit('root:released', { heldMs })
    onBack()
  }
}

/** Everything but the database can fail for the watch directory's sake. */
export function mayBeAboutRoot(error: unknown): boolean {
  return !(error instanceof ClsyncError) || error.code === 'engine' || error.code === 'usage'
}
