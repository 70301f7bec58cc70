import { Delivery } from '../../dist/daemon/delivery.js'
import { DaemonEmitter } from '../../dist/events.js'
import type { BytePath, SizeClass } from '../../dist/model/glossary.js'
import { IN_CLOSE_WRITE } from '../../dist/model/mask.js'
import { Queue } from '../../dist/queue/queue.js'
import { retryDelayMs } from '../../dist/schedule/backoff.js'
import { Scheduler } from '../../dist/schedule/scheduler.js'
import { FakeRunner, type FakeRun, type FakeRunListener, type FakeScript } from './fake-runner.ts'
import type { SimulatedClock } from './simulated-clock.ts'

export interface RigSettings extends FakeRunListener {
  readonly path: string
  readonly clock: SimulatedClock
  readonly script: FakeScript
  /** @default 30 s, big ones 1800 s */
  readonly collectDelayMs?: Readonly<Record<SizeClass, number>>
  /** @default 15 s */
  readonly commonDelayMs?: number
  /** @default 100000 */
  readonly batchLimit?: number
  /** @default 1 */
  readonly jobs?: number
  /** For jitter. @default always 1: delays are what they are at most */
  readonly random?: () => number
  readonly rootIsThere?: () => boolean
  readonly rootLosses?: () => number
}

export const RETRY = { baseMs: 5_000, maxMs: 3_600_000 }

/** Scheduler, delivery and queue as the daemon wires them, over simulated time and scripts. */
export class DeliveryRig {
  readonly clock: SimulatedClock
  readonly queue: Queue
  readonly runner: FakeRunner
  readonly delivery: Delivery
  readonly scheduler: Scheduler
  readonly isolated: BytePath[] = []
  readonly outages: string[] = []
  /** What broke it. */
  readonly errors: unknown[] = []

  constructor(settings: RigSettings) {
    const { clock, jobs = 1, batchLimit = 100_000, random = () => 1 } = settings
    this.clock = clock
    this.queue = openQueue(settings.path, clock)
    this.runner = new FakeRunner(clock, settings.script, settings)
    this.delivery = new Delivery({
      queue: this.queue,
      clock,
      events: new DaemonEmitter(),
      loadRunner: () => Promise.resolve(this.runner),
      at: () => undefined,
      rootIsThere: settings.rootIsThere ?? (() => true),
      isPaused: () => false,
      rootLosses: settings.rootLosses ?? (() => 0),
      kind: batchLimit === 1 ? 'sync' : 'synclist',
    })
    this.scheduler = new Scheduler({
      clock,
      backlog: this.delivery,
      run: (batch) => this.delivery.run(batch),
      collectDelayMs: settings.collectDelayMs ?? { ordinary: 30_000, big: 1_800_000 },
      commonDelayMs: settings.commonDelayMs ?? 15_000,
      batchLimit,
      jobs,
      retryDelayMs: (attempt) => retryDelayMs(attempt, RETRY, random),
      listener: {
        failed: () => undefined,
        isolated: (path) => this.isolated.push(path),
        outageBegan: () => this.outages.push('began'),
        outageEnded: () => this.outages.push('ended'),
        broken: (error) => this.errors.push(error),
      },
    })
  }

  get runs(): readonly FakeRun[] {
    return this.runner.runs
  }

  /** Events come, as the intake records them. */
  async hint(
    paths: readonly BytePath[],
    sizeClass: SizeClass = 'ordinary',
    onWrite: () => void = () => undefined,
  ): Promise<void> {
    const { events } = this.queue
    await this.queue.write(() => {
      const now = this.clock.now()
      for (const path of paths) {
        events.upsert(Buffer.from(path, 'latin1'), IN_CLOSE_WRITE, sizeClass, now)
      }
      onWrite()
    })
    this.scheduler.poke()
  }

  /** Dies: nothing that is under way comes to its end. */
  crash(): void {
    this.scheduler.abandon()
    this.queue.abandon()
  }

  /** Ends in order. */
  async stop(): Promise<void> {
    await this.scheduler.stop()
    await this.queue.close()
  }
}

/** Opens a queue that nobody waits for. */
export function openQueue(path: string, clock: SimulatedClock, distrusted?: string): Queue {
  return new Queue({
    distrusted,
    path,
    clock,
    bigFileThreshold: 1_000,
    onMigrated: () => undefined,
    listener: { waiting: () => undefined, recovered: () => undefined },
  })
}
