import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { IN_CREATE } from '../../dist/model/mask.js'
import type { EventStore } from '../../dist/queue/event-store.js'
import { Recording } from '../support/recording.ts'
import { scaleOf } from '../support/scale.ts'
import { directory, file, packetOf, writeDirectory } from '../support/sightings.ts'

const FEW = 1_000
const MANY = scaleOf(process.env).isLong ? 1_000_000 : 200_000
const ROUNDS = 9
/** A tree of pages is a little deeper; a scan would cost a hundred times as much. */
const MOST_TIMES = 3
/** What is acknowledged is on one page in the short queue, and each path on its own in the long one. */
const MOST_TIMES_SCATTERED = 20

/** Microseconds a path, one value a round. */
interface Costs {
  readonly hint: number[]
  readonly claim: number[]
  readonly acknowledgement: number[]
}

/** A queue with so many pending events, as old hints have left it. */
function fill(recording: Recording, rows: number): void {
  recording.reader.exec(`
    WITH RECURSIVE n (i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1})
    INSERT INTO event (path, mask, first_seen, last_seen)
    SELECT printf('directory%d/some file %d', i % 1000, (i * 7919) % 1000003), 2, 1000 + i, 1000 + i FROM n`)
}

/** A queue with a backlog, to be measured again and again. */
class Backlog {
  readonly costs: Costs = { hint: [], claim: [], acknowledgement: [] }
  readonly #recording: Recording

  constructor(t: TestContext, rows: number) {
    this.#recording = new Recording(t)
    fill(this.#recording, rows)
  }

  async begin(): Promise<void> {
    await this.#recording.hints('', directory('live'))
  }

  async measure(round: number): Promise<void> {
    const { hint, claim, acknowledgement } = this.costs
    hint.push(await timed(1_000, () => hintAtNew(this.#recording, round)))
    claim.push(await timed(100, () => claimOldest(this.#recording, round)))
    acknowledgement.push(await timed(100, () => acknowledge(this.#recording, round)))
  }
}

async function timed(paths: number, action: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await action()
  return ((performance.now() - since) * 1_000) / paths
}

function hintAtNew({ queue }: Recording, round: number): Promise<unknown> {
  const names = Array.from({ length: 1_000 }, (_, index) => `${(index * 7_919) % 1_009} ${round}`)
  const packet = packetOf((writer) =>
    writeDirectory(
      writer,
      'live',
      0,
      names.map((name) => file(name, { mask: IN_CREATE })),
    ),
  )
  return queue.record(packet, () => ({ now: 1e12, reconcile: undefined, onHint: undefined }))
}

function claimOldest({ queue }: Recording, run: number): Promise<unknown> {
  return queue.write(() => {
    const { events } = queue
    events.claim(oldest(events), run)
    return [events.oldest('ordinary'), events.oldest('big'), events.nextRetryAt('ordinary')]
  })
}

function acknowledge({ queue }: Recording, run: number): Promise<unknown> {
  return queue.write(() => queue.events.acknowledge(run))
}

function oldest(events: EventStore): ReturnType<EventStore['candidates']> {
  return events.candidates(
    { state: 'pending', sizeClass: 'ordinary', firstSeenUntil: Infinity },
    100,
    0,
  )
}

test(`hints and claims cost at ${MANY} pending events what they cost at ${FEW}`, async (t) => {
  const few = new Backlog(t, FEW)
  const many = new Backlog(t, MANY)
  await few.begin()
  await many.begin()
  // In turn, and the best of each: the machine has other things to do, and can only be slower.
  for (let round = 0; round < ROUNDS; round++) {
    await few.measure(round)
    await many.measure(round)
  }
  const compare = (what: keyof Costs): number => {
    const [least, most] = [Math.min(...few.costs[what]), Math.min(...many.costs[what])]
    t.diagnostic(`${what}: ${least.toFixed(1)} and ${most.toFixed(1)} µs`)
    return most / least
  }
  assert.ok(compare('hint') < MOST_TIMES)
  assert.ok(compare('claim') < MOST_TIMES)
  assert.ok(compare('acknowledgement') < MOST_TIMES_SCATTERED)
})
