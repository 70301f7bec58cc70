import { join } from 'node:path'
import type { TestContext } from 'node:test'

import { DeliveryRig, type RigSettings } from '../support/delivery-rig.ts'
import type { Ending } from '../support/fake-runner.ts'
import { fastDirectory } from '../support/fast-directory.ts'
import { SimulatedClock } from '../support/simulated-clock.ts'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** Delays of an ordinary event, if a test says nothing else. */
export const COLLECT = 30 * SECOND
export const COMMON = 15 * SECOND

/** A scheduler that hands over, over a database and scripts that do what the test says. */
export interface World {
  readonly rig: DeliveryRig
  readonly clock: SimulatedClock
  /** The database. */
  readonly path: string
}

/** Every path in a run of its own, at once, and slowly. */
export const SLOW: Partial<RigSettings> = {
  jobs: 4,
  batchLimit: 1,
  collectDelayMs: { ordinary: 0, big: 0 },
  commonDelayMs: 0,
  script: { takesMs: () => 10 * SECOND, ends: () => ({ type: 'succeeds' }) },
}

/** Begins to hand over; scripts take 100 ms and succeed, if the test says nothing else. */
export function begin(t: TestContext, settings: Partial<RigSettings> = {}): World {
  const clock = new SimulatedClock()
  const path = join(fastDirectory(t), 'queue.db')
  const script = { takesMs: () => 100, ends: (): Ending => ({ type: 'succeeds' }) }
  const rig = new DeliveryRig({ path, clock, script, ...settings })
  t.after(() => rig.crash())
  rig.scheduler.release()
  return { rig, clock, path }
}
