import fc from 'fast-check'

import type { Mood, Settings, Simulation } from './simulation.ts'

/** The model is in the simulation: fast-check needs none of its own. */
type Nothing = Record<string, never>
type Command = fc.AsyncCommand<Nothing, Simulation>

const PATHS = [
  '',
  'a',
  'a/b',
  'a/b/c',
  'a/b/d',
  'a/c',
  'a.b',
  'b',
  'b/x',
  'c',
  'd/e/f',
  'd',
  '\xff',
  'é',
]
const SECOND = 1_000
const HOUR = 3_600 * SECOND

const path = fc.constantFrom(...PATHS)
/** Mostly not the watch directory, which is above everything. */
const anyPath = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...PATHS.slice(1)) }, path)
const settings: fc.Arbitrary<Settings> = fc.record({
  jobs: fc.constantFrom(1, 1, 2, 4),
  batchLimit: fc.constantFrom(1, 3, 100),
  collectDelayMs: fc.constantFrom(0, 30 * SECOND),
  commonDelayMs: fc.constantFrom(0, 15 * SECOND),
})
const mood = fc.constantFrom<Mood>(
  'works',
  'down',
  'names',
  'killed',
  'timed out',
  'sometimes fails',
)
const span = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 10 * SECOND }) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 300 * SECOND }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 5 * HOUR }) },
)

/** Does something, then looks whether all is still true. */
function command(what: string, run: (simulation: Simulation) => Promise<void>): Command {
  return {
    check: () => true,
    run: async (_model, simulation) => {
      await run(simulation)
      simulation.check()
      simulation.ledger.steps++
    },
    toString: () => what,
  }
}

const paths = fc.oneof(
  { weight: 4, arbitrary: anyPath.map((one) => [one]) },
  { weight: 1, arbitrary: fc.array(anyPath, { minLength: 2, maxLength: 6 }) },
)
const hint = fc
  .tuple(paths, fc.constantFrom('ordinary' as const, 'ordinary' as const, 'big' as const))
  .map(([at, size]) =>
    command(`hint(${JSON.stringify(at)}, ${size})`, (simulation) => simulation.hint(at, size)),
  )
const advance = span.map((ms) => command(`advance(${ms})`, (simulation) => simulation.advance(ms)))
const leap = fc
  .constantFrom(10 * SECOND, HOUR, 24 * HOUR)
  .map((ms) => command(`leap(${ms})`, (simulation) => simulation.leap(ms)))
const setMood = mood.map((next) =>
  command(`scripts: ${next}`, async (simulation) => void (simulation.mood = next)),
)
const poison = anyPath.map((at) =>
  command(`poison(${JSON.stringify(at)})`, async (simulation) => void simulation.poison.add(at)),
)
const cure = fc.constant(command('cure', async (simulation) => simulation.poison.clear()))
const jump = fc.constantFrom(0, 0, 5 * SECOND, -3 * SECOND, -HOUR, -24 * HOUR)
const crash = fc
  .tuple(anyPath, fc.nat(25), settings, jump)
  .map(([at, promises, next, jumpMs]) =>
    command(
      `crash(${JSON.stringify(at)}, ${promises}, ${JSON.stringify(next)}, ${jumpMs})`,
      (simulation) => simulation.crash(at, promises, next, jumpMs),
    ),
  )
const restart = fc
  .tuple(fc.boolean(), settings)
  .map(([isPatient, next]) =>
    command(`restart(${isPatient}, ${JSON.stringify(next)})`, (simulation) =>
      simulation.restart(isPatient, next),
    ),
  )
const hold = anyPath.map((at) =>
  command(`hold(${JSON.stringify(at)})`, (simulation) => simulation.hold(at)),
)
const release = fc.constant(command('release', (simulation) => simulation.release()))
const root = fc
  .constantFrom(true, true, false)
  .map((isThere) =>
    command(`root is ${isThere ? 'there' : 'gone'}`, (simulation) => simulation.setRoot(isThere)),
  )
const foreignDelete = anyPath.map((at) =>
  command(`delete by hand(${JSON.stringify(at)})`, (simulation) => simulation.foreignDelete(at)),
)
const redate = fc
  .constantFrom(-HOUR, -10 * SECOND, 10 * SECOND, HOUR)
  .map((ms) => command(`re-date by hand(${ms})`, (simulation) => simulation.foreignRedate(ms)))
const retry = fc.constant(command('retry by hand', (simulation) => simulation.foreignRetry()))

/** Everything that can happen, as often as it makes good stories. */
export const anyCommand: readonly fc.Arbitrary<Command>[] = [
  ...repeat(32, hint),
  ...repeat(32, advance),
  ...repeat(6, setMood),
  ...repeat(6, poison),
  ...repeat(2, cure),
  crash,
  restart,
  ...repeat(2, hold),
  ...repeat(4, release),
  ...repeat(2, root),
  ...repeat(2, foreignDelete),
  ...repeat(2, redate),
  ...repeat(2, retry),
  leap,
]

export const anySettings = settings

function repeat<T>(times: number, value: T): T[] {
  return Array.from({ length: times }, () => value)
}
