import assert from 'node:assert/strict'
import { test } from 'node:test'

import BetterSqlite3 from 'better-sqlite3'

import { toBytes } from '../../dist/model/byte-path.js'
import { Catalogue } from '../../dist/queue/catalogue.js'
import { Departures } from '../../dist/queue/departures.js'
import { EventStore } from '../../dist/queue/event-store.js'
import { HeldDeletions } from '../../dist/queue/held-deletions.js'
import { Ghosts } from '../../dist/queue/ghosts.js'
import { ListedNames } from '../../dist/queue/listed-names.js'
import { migrate } from '../../dist/queue/migrations.js'
import { OwedReconciles } from '../../dist/queue/owed.js'
import { RunStore } from '../../dist/queue/run-store.js'

/** What is asked once a start, a reconcile or by people, and may look at everything. */
const MAY_SCAN: readonly RegExp[] = [
  /^SELECT count\(\*\) FROM (?:event|entry)/,
  /WHERE state IN \('running', 'suspect'\)/,
  /SET first_seen = @now WHERE first_seen > @now/,
  /^DELETE FROM (?:entry|ghost|departure)$/,
  /^SELECT 1 FROM ghost LIMIT 1$/,
  // All of a small index.
  /^SELECT id, [\w, ]+ FROM run WHERE ended_at IS NULL$/,
]

/** All statements that the stores prepare, also those that they prepare when they need them. */
function statements(connection: BetterSqlite3.Database): string[] {
  const sources = new Set<string>()
  const recorder = new Proxy(connection, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...values: unknown[]) => {
        if (name === 'prepare') sources.add(String(values[0]))
        return Reflect.apply(value, target, values) as unknown
      }
    },
  })
  const events = new EventStore(recorder)
  const catalogue = new Catalogue(recorder)
  const ghosts = new Ghosts(recorder, catalogue, events)
  const [owed, runs] = [new OwedReconciles(recorder), new RunStore(recorder)]
  const owners = [
    new HeldDeletions(recorder, { catalogue, events, ghosts }),
    new ListedNames(recorder, catalogue),
    new Departures(recorder, { catalogue, events, owed, runs }),
  ]
  assert.equal(owners.length, 3)
  useAll(events)
  return [...sources].map((source) => source.replace(/\s+/g, ' ').trim())
}

function useAll(events: EventStore): void {
  const path = toBytes('a')
  events.upsert(path, 1, 'ordinary', 1)
  events.upsertBelow(path, 2, 1, 1)
  events.upsertGone(path, 1, 1)
  events.reclassify(path, 'big')
  events.oldest('big')
  events.waitingSince()
  events.nextRetryAt('big')
  events.hasPart(1)
  events.candidates({ state: 'pending', sizeClass: 'big', firstSeenUntil: 1 }, 1, 0)
  events.candidates({ state: 'suspect', part: 1 }, 1, 0)
  events.candidates({ state: 'isolated', sizeClass: 'big', retryUntil: 1 }, 1, 0)
  events.claim([{ id: 1, path: 'a', mask: 1, sizeClass: 'big', attempts: 0 }], 1)
  events.isolateNamed(1, 'a', 1, '')
  events.acknowledge(1)
  events.putBack(1)
  events.suspect(1, 1, '')
  events.isolate(1, 1, '')
  events.splitPart(1, 2, 2)
  events.recover(1, 1)
  events.total()
}

function planOf(connection: BetterSqlite3.Database, source: string): string[] {
  const names = [...source.matchAll(/@(\w+)/g)].map(([, name]) => [name, null])
  const places = source.match(/\?/g)?.map(() => null) ?? []
  const explain = connection.prepare(`EXPLAIN QUERY PLAN ${source}`)
  const rows = names.length > 0 ? explain.all(Object.fromEntries(names)) : explain.all(...places)
  return (rows as { readonly detail: string }[]).map(({ detail }) => detail)
}

const connection = new BetterSqlite3(':memory:')
migrate(connection, () => undefined)
const plans = statements(connection).map((source) => [source, planOf(connection, source)] as const)

test('no statement of a hint, a claim or a comparison looks at a whole table', () => {
  const scans = plans
    .filter(([source]) => !MAY_SCAN.some((allowed) => allowed.test(source)))
    .filter(([, plan]) =>
      plan.some((step) =>
        /^SCAN (?:event|entry|ghost|departure|run)\b(?! USING (?:COVERING )?INDEX event_)/.test(
          step,
        ),
      ),
    )
  assert.deepEqual(scans, [])
})

/** A piece of the statement, and what its plan has to say. */
const INTENDED: ReadonlyArray<readonly [source: RegExp, step: RegExp]> = [
  [
    /^SELECT min\(first_seen\) FROM event/,
    /SEARCH event USING COVERING INDEX event_due \(size_class=\? AND first_seen>\?\)/,
  ],
  [
    /min\(retry_at\)/,
    /SEARCH event USING COVERING INDEX event_retry \(size_class=\? AND retry_at>\?\)/,
  ],
  [
    /^SELECT id.* state = 'pending'/,
    /SEARCH event USING INDEX event_due \(size_class=\? AND first_seen>\? AND first_seen<\?\)/,
  ],
  [
    /^SELECT id.* state = 'isolated'/,
    /SEARCH event USING INDEX event_retry \(size_class=\? AND retry_at>\? AND retry_at<\?\)/,
  ],
  [/^SELECT id.* state = 'suspect'/, /SEARCH event USING INDEX event_part \(part=\?\)/],
  [
    /SELECT 1 FROM event WHERE state = 'suspect'/,
    /SEARCH event USING .*INDEX event_part \(part=\?\)/,
  ],
  [/^DELETE FROM event WHERE run = \?/, /SEARCH event USING INDEX event_run \(run=\?\)/],
  [/^UPDATE event SET state = 'running'/, /SEARCH event USING INTEGER PRIMARY KEY \(rowid=\?\)/],
  [/^UPDATE event SET size_class/, /SEARCH event USING INDEX sqlite_autoindex_event_1 \(path=\?\)/],
  [
    /FROM entry WHERE directory = \? AND name =/,
    /SEARCH entry USING PRIMARY KEY \(directory=\? AND name=\?\)/,
  ],
  [
    /CAST\(name AS BLOB\), name\) FROM entry WHERE directory = \? ORDER BY name$/,
    /SEARCH entry USING PRIMARY KEY \(directory=\?\)/,
  ],
  [/^UPDATE entry SET directory/, /SEARCH entry USING PRIMARY KEY \(directory=\? AND name=\?\)/],
  [
    /FROM ghost WHERE moved_to = /,
    /SEARCH ghost USING (?:COVERING )?INDEX ghost_moved \(moved_to=\?\)/,
  ],
  [/^INSERT INTO departure/, /SEARCH event USING INDEX event_run \(run=\?\)/],
  [/^SELECT 1 FROM departure/, /SEARCH departure USING PRIMARY KEY \(path=\?\)/],
  [
    /FROM departure WHERE told_at </,
    /SEARCH departure USING .*INDEX departure_told \(told_at<\?\)/,
  ],
  [/min\(told_at\)/, /SEARCH departure USING COVERING INDEX departure_told/],
  [/ended_at IS NULL/, /SCAN run USING INDEX run_running|SEARCH run/],
]

for (const [source, step] of INTENDED) {
  test(`it searches as intended: ${source.source}`, () => {
    const found = plans.filter(([each]) => source.test(each))
    assert.ok(found.length > 0, 'there is such a statement')
    for (const [each, plan] of found) {
      assert.ok(
        plan.some((detail) => step.test(detail)),
        `${each}\n${plan.join('\n')}`,
      )
    }
  })
}

test('what waits is read in its order, without sorting', () => {
  const sorted = plans.filter(
    ([source, plan]) =>
      /^SELECT id.* state = '(?:pending|isolated)'/.test(source) &&
      plan.some((step) => /TEMP B-TREE/.test(step)),
  )
  assert.deepEqual(sorted, [])
})
