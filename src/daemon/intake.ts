import type { Clock } from '../clock.ts'
import type { DaemonEmitter } from '../events.ts'
import type { BytePath } from '../model/glossary.ts'
import type { Queue } from '../queue/queue.ts'
import type { RecordContext, Recorded } from '../queue/recorded.ts'
import type { OnCrashPoint } from './crash-points.ts'
import type { Reconciler } from './reconciler.ts'

export interface IntakeParts {
  readonly queue: Queue
  readonly clock: Clock
  readonly events: DaemonEmitter
  readonly reconciler: Reconciler
  readonly at: OnCrashPoint
  /** Events became pending. */
  readonly onPending: () => void
}

/** Records the watch thread's packets, in order, and tells who has to know. */
export class Intake {
  readonly #parts: IntakeParts

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  /** Resolves when the packet is durable. */
  async take(packet: Uint8Array): Promise<void> {
    const { queue, events, reconciler, at, onPending } = this.#parts
    const recorded = await queue.record(packet, () => this.#context())
    at('recorded')
    events.emit('hints:recorded', { sightings: recorded.sightings, events: recorded.events })
    await this.#tell(recorded)
    if (recorded.events > 0) onPending()
    if (recorded.owed.length > 0) reconciler.poke()
  }

  async #tell(recorded: Recorded): Promise<void> {
    for (const owed of recorded.owed) this.#parts.events.emit('reconcile:owed', owed)
    await this.#parts.reconciler.recorded(recorded)
  }

  #context(): RecordContext {
    const { clock, events, reconciler } = this.#parts
    const isHeard = events.heard('hint:seen')
    return {
      now: clock.now(),
      reconcile: reconciler.current,
      onHint: isHeard ? (path, mask, changed) => this.#hint(path, mask, changed) : undefined,
    }
  }

  #hint(path: BytePath, mask: number, changed: boolean): void {
    this.#parts.events.emit('hint:seen', { path, mask, changed })
  }
}
