import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { fromText, toBytes } from '../../dist/model/byte-path.js'
import type { BytePath, SizeClass } from '../../dist/model/glossary.js'
import { MASK_NAMES } from '../../dist/model/mask.js'
import { eventually } from '../support/eventually.ts'
import { Recording } from '../support/recording.ts'
import { askShell, withoutShell } from '../support/sqlite-shell.ts'

const SKIP = { skip: withoutShell }

type Row = Readonly<Record<string, string | number | null>>

function ask(recording: Recording, sql: string): Row[] {
  const output = askShell(recording.path, sql, '-json', '-readonly')
  return output === '' ? [] : (JSON.parse(output) as Row[])
}

/** A queue whose events are as old as they would really be. */
async function queueNow(t: TestContext): Promise<Recording> {
  const recording = new Recording(t)
  recording.clock.restart(Date.now() - recording.clock.now())
  await recording.queue.write(() => {
    recording.queue.daemon.setStatus('collectdelay', '30', 0)
    recording.queue.daemon.setStatus('bigfilecollectdelay', '1800', 0)
  })
  return recording
}

interface Hint {
  readonly mask?: number
  readonly ageMs?: number
  readonly sizeClass?: SizeClass
}

function hint(recording: Recording, path: BytePath, given: Hint = {}): Promise<void> {
  const { queue, clock } = recording
  const { mask = 1, ageMs = 0, sizeClass = 'ordinary' } = given
  return queue.write(() => queue.events.upsert(toBytes(path), mask, sizeClass, clock.now() - ageMs))
}

test('the view of what is pending says what, how old, and when it is due', SKIP, async (t) => {
  const recording = await queueNow(t)
  await hint(recording, 'old', { mask: 0x40000102, ageMs: 60_000 })
  await hint(recording, 'young', { mask: 0x2, ageMs: 10_000 })
  await hint(recording, '', { mask: 0x4, ageMs: 5_000 })
  await hint(recording, 'large', { mask: 0x8, ageMs: 100_000, sizeClass: 'big' })
  const rows = ask(recording, 'SELECT * FROM pending')
  assert.deepEqual(
    rows.map(({ path, mask, size_class, state }) => [path, mask, size_class, state]),
    [
      ['large', 'CLOSE_WRITE', 'big', 'pending'],
      ['old', 'MODIFY|CREATE|ISDIR', 'ordinary', 'pending'],
      ['young', 'MODIFY', 'ordinary', 'pending'],
      ['.', 'ATTRIB', 'ordinary', 'pending'],
    ],
  )
  const near = (value: unknown, expected: number): void =>
    assert.ok(Math.abs(Number(value) - expected) <= 10, `${String(value)} is not ${expected}`)
  for (const [index, age, due] of [
    [0, 100, 1_700],
    [1, 60, 0],
    [2, 10, 20],
  ] as const) {
    near(rows[index]?.['age'], age)
    near(rows[index]?.['due_in'], due)
  }
})

test('it says of failing ones how often, why, and when they are retried', SKIP, async (t) => {
  const recording = await queueNow(t)
  const { queue, clock } = recording
  await hint(recording, 'bad')
  const from = { state: 'pending', sizeClass: 'ordinary', firstSeenUntil: Infinity } as const
  await queue.write(() => {
    queue.events.claim(queue.events.candidates(from, 10, 0), 1)
    queue.events.isolate(1, clock.now() + 120_000, 'exit code 23: no space')
  })
  const [row] = ask(
    recording,
    'SELECT state, attempts, last_error, due_in > 100 AS later FROM pending',
  )
  assert.deepEqual(row, {
    state: 'isolated',
    attempts: 1,
    last_error: 'exit code 23: no space',
    later: 1,
  })
})

test('the views of runs say what runs and what ran, the last one first', SKIP, async (t) => {
  const recording = await queueNow(t)
  const { queue, clock } = recording
  const now = clock.now()
  const begin = (sample: BytePath, at: number): number =>
    queue.runs.begin({ kind: 'synclist', sizeClass: 'ordinary', attempt: 2, paths: 5, sample }, at)
  await queue.write(() => {
    const ended = begin('first', now - 90_000)
    queue.runs.spawned(ended, 4_321, 'x')
    queue.runs.end(
      ended,
      { outcome: 'failed', exitCode: 1, signal: undefined, why: 'exit code 1', tail: 'oh\n' },
      now - 30_000,
    )
    const running = begin('', now - 20_000)
    queue.runs.spawned(running, 4_322, 'y')
  })
  const [running] = ask(recording, 'SELECT *, seconds BETWEEN 19 AND 40 AS ok FROM running')
  assert.equal(running?.['run'], 2)
  assert.equal(running?.['pid'], 4_322)
  assert.equal(running?.['sample'], '.')
  assert.equal(running?.['ok'], 1)
  const history = ask(recording, 'SELECT * FROM history')
  assert.equal(history.length, 1)
  const { run, kind, paths, attempt, outcome, exit_code, signal, why, seconds, sample, tail } =
    history[0] ?? {}
  assert.deepEqual(
    { run, kind, paths, attempt, outcome, exit_code, signal, why, seconds, sample, tail },
    {
      run: 1,
      kind: 'synclist',
      paths: 5,
      attempt: 2,
      outcome: 'failed',
      exit_code: 1,
      signal: null,
      why: 'exit code 1',
      seconds: 60,
      sample: 'first',
      tail: 'oh\n',
    },
  )
})

test('history is bounded', async (t) => {
  const recording = new Recording(t)
  const { runs } = recording.queue
  const kept = await recording.queue.write(() => {
    const forgotten = runs.begin(
      { kind: 'sync', sizeClass: 'ordinary', attempt: 1, paths: 1, sample: 'still runs' },
      0,
    )
    for (let index = 0; index < 1_500; index++) {
      const run = {
        kind: 'sync',
        sizeClass: 'ordinary',
        attempt: 1,
        paths: 1,
        sample: 'x',
      } as const
      const id = runs.begin(run, index)
      runs.end(
        id,
        { outcome: 'succeeded', exitCode: 0, signal: undefined, why: undefined, tail: undefined },
        index,
      )
    }
    return forgotten
  })
  const rows = recording.reader.prepare('SELECT count(*) FROM history').pluck().get()
  assert.equal(rows, 1_000)
  assert.deepEqual(
    runs.interrupted().map(({ id }) => id),
    [kept],
    'what still runs is kept',
  )
})

test('the view of what is owed says why and since when', SKIP, async (t) => {
  const recording = await queueNow(t)
  await recording.queue.write(() => {
    const now = recording.clock.now()
    recording.queue.owed.owe({ path: 'a', reason: 'overflow', now }, undefined)
  })
  const [row] = ask(recording, `SELECT path, reason, since > '2020' AS ok FROM owed`)
  assert.deepEqual(row, { path: 'a', reason: 'overflow', ok: 1 })
})

test('the shell finds odd names by = and LIKE', SKIP, async (t) => {
  const recording = await queueNow(t)
  for (const name of ['a\nb', "it's", '\xff\xfe', '\xef\xbf\xbd', fromText('é/日本')]) {
    await hint(recording, name)
  }
  const count = (where: string): string =>
    askShell(recording.path, `SELECT count(*) FROM event WHERE ${where}`)
  assert.equal(count(`path = 'a' || char(10) || 'b'`), '1')
  assert.equal(count(`path = 'it''s'`), '1')
  assert.equal(count(`path = CAST(x'fffe' AS TEXT)`), '1')
  assert.equal(count(`path LIKE 'é/%'`), '1')
  assert.equal(count('1'), '5')
})

test('names of bits are those of the header file', async (t) => {
  const recording = new Recording(t)
  const rows = recording.reader.prepare('SELECT bit, name FROM mask_name').raw().all()
  const reported = MASK_NAMES.filter(([, name]) => name !== 'Q_OVERFLOW' && name !== 'IGNORED')
  assert.deepEqual(rows, reported)
})

test('what the shell deletes or changes is obeyed', SKIP, async (t) => {
  const recording = await queueNow(t)
  await hint(recording, 'a')
  await hint(recording, 'b')
  recording.queue.wasWrittenByOthers()
  askShell(recording.path, `DELETE FROM event WHERE path = 'a'; UPDATE event SET first_seen = 5`)
  await eventually(
    () => recording.queue.wasWrittenByOthers(),
    () => 'it is noticed',
  )
  assert.equal(recording.queue.events.total(), 1)
  assert.equal(recording.queue.events.oldest('ordinary'), 5)
  assert.throws(
    () =>
      askShell(
        recording.path,
        `INSERT INTO event (path, mask, first_seen, last_seen) VALUES (1, 'x', 1, 1)`,
      ),
    /cannot store TEXT value in INTEGER column/,
  )
})

test('a hundred readers at once disturb nobody', SKIP, async (t) => {
  const recording = await queueNow(t)
  await hint(recording, 'a')
  const { spawn } = await import('node:child_process')
  const readers = Array.from({ length: 100 }, () =>
    spawn('sqlite3', ['-readonly', recording.path, 'SELECT count(*) FROM pending']),
  )
  const codes = readers.map((reader) => new Promise((resolve) => reader.on('exit', resolve)))
  for (let index = 0; index < 50; index++) await hint(recording, `b${index}`)
  assert.deepEqual(new Set(await Promise.all(codes)), new Set([0]))
  assert.equal(recording.queue.events.total(), 51)
})
