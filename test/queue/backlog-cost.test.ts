import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { IN_CREATE } from '../../dist/model/mask.js'
import type { EventStore } from '../../dist/queue/event-store.js'
import { Recording } from '../support/recording.ts'
import { scaleOf } from '../support/scale.ts'
import { directory, file, packetOf, writeDirectory } from '../support/sightings.ts'

const FEW = 1_000
const MANY = scaleOf(process.env).isLong ? 1_000_000 : 200_000
const ROUNDS = 7
/** A tree of pages is a little deeper; a scan would cost a hundred times as much. */
const MOST_TIMES = 3

interface Cost {
  /** Microseconds a path. */
  readonly hintUs: number
  readonly claimUs: number
}

/** A queue with so many pending events, as old hints have left it. */
function fill(recording: Recording, rows: number): void {
  recording.reader.exec(`
    WITH RECURSIVE n (i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1})
    INSERT INTO event (path, mask, first_seen, last_seen)
    SELECT printf('directory%d/some file %d', i % 1000, (i * 7919) % 1000003), 2, 1000 + i, 1000 + i FROM n`)
}

async function measure(t: TestContext, rows: number): Promise<Cost> {
  const recording = new Recording(t)
  fill(recording, rows)
  await recording.hints('', directory('live'))
  const hints: number[] = []
  const claims: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    hints.push(await timed(1_000, () => hintAtNew(recording, round)))
    claims.push(await timed(100, () => claimOldest(recording, round)))
  }
  // The machine has other things to do, which can only make it slower.
  return { hintUs: Math.min(...hints), claimUs: Math.min(...claims) }
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
    events.acknowledge(run)
    return [events.oldest('ordinary'), events.oldest('big'), events.nextRetryAt('ordinary')]
  })
}

function oldest(events: EventStore): ReturnType<EventStore['candidates']> {
  return events.candidates(
    { state: 'pending', sizeClass: 'ordinary', firstSeenUntil: Infinity },
    100,
    0,
  )
}

test(`hints and claims cost at ${MANY} pending events what they cost at ${FEW}`, async (t) => {
  const few = await measure(t, FEW)
  const many = await measure(t, MANY)
  const say = ({ hintUs, claimUs }: Cost): string =>
    `a hint ${hintUs.toFixed(1)} µs, a claim with its acknowledgement ${claimUs.toFixed(1)} µs`
  t.diagnostic(`at ${FEW}: ${say(few)}`)
  t.diagnostic(`at ${MANY}: ${say(many)}`)
  assert.ok(many.hintUs < MOST_TIMES * few.hintUs, 'hints')
  assert.ok(many.claimUs < MOST_TIMES * few.claimUs, 'claims')
})
