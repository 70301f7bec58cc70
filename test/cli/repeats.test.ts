import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Logger } from '../../dist/cli/logger.js'
import { DaemonEmitter } from '../../dist/events.js'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

interface Heard {
  readonly clock: ManualClock
  readonly logger: Logger
  readonly events: DaemonEmitter
  readonly output: (line: string) => void
  readonly problem: (name: string) => void
  readonly lines: () => readonly string[]
}

function listen(): Heard {
  const written: string[] = []
  const clock = manualClock(1_000_000)
  const events = new DaemonEmitter()
  const logger = new Logger({ verbosity: 'normal', logFormat: 'json' }, clock, {
    write: (line) => written.push(line),
  })
  logger.listen(events)
  return {
    clock,
    logger,
    events,
    output: (line) => events.emit('run:output', { run: 1, line }),
    problem: (name) =>
      events.emit('watch:problem', { path: name, message: `no ${name}`, hint: undefined }),
    lines: () => written.map((line) => (JSON.parse(line) as { message: string }).message),
  }
}

test('Repeated lines are counted, and told when something else is said', () => {
  const { output, lines } = listen()
  for (let i = 0; i < 13; i++) output('same')
  assert.deepEqual(lines(), ['run 1: same'])
  output('other')
  assert.deepEqual(lines(), ['run 1: same', 'last message repeated 12 times', 'run 1: other'])
})

test('Repetitions are told after ten seconds, and counted on', () => {
  const { clock, output, lines } = listen()
  output('same')
  output('same')
  clock.advance(9_999)
  assert.equal(lines().length, 1)
  clock.advance(1)
  assert.deepEqual(lines().slice(1), ['last message repeated 1 time'])
  clock.advance(100_000)
  assert.equal(lines().length, 2, 'silence is not repeated')
  output('same')
  output('same')
  clock.advance(10_000)
  assert.deepEqual(lines().slice(2), ['last message repeated 2 times'])
})

test('What is still counted is told at the end, and no timer is left', () => {
  const { clock, logger, output, events, lines } = listen()
  output('same')
  output('same')
  logger.close()
  assert.deepEqual(lines(), ['run 1: same', 'last message repeated 1 time'])
  output('after the end')
  clock.advance(60_000)
  assert.equal(lines().length, 2)
  assert.equal(events.heard('run:output'), false)
})

test('A flood of different problems is cut off and counted', () => {
  const { clock, problem, output, lines } = listen()
  for (let i = 0; i < 1000; i++) problem(`dir${i}`)
  output('of something else')
  assert.equal(lines().length, 101)
  assert.deepEqual(lines().slice(99), ['no dir99', 'run 1: of something else'])
  clock.advance(10_000)
  assert.deepEqual(lines().slice(101), ['900 more lines like this were left out: watch:problem'])
  problem('later')
  assert.equal(lines().length, 103)
})

test('Output of scripts is never left out', () => {
  const { output, lines } = listen()
  for (let i = 0; i < 1000; i++) output(`line ${i}`)
  assert.equal(lines().length, 1000)
})

test('Where no terminal shows how far a crawl is, a line every ten seconds does', () => {
  const { clock, events, lines } = listen()
  const crawl = (seconds: number): void => {
    for (let second = 0; second < seconds; second++) {
      const progress = { directories: second, entries: second, entriesPerSecond: 1 }
      events.emit('reconcile:progress', { path: '', reason: 'start', ...progress })
      clock.advance(1000)
    }
  }
  crawl(9)
  assert.equal(lines().length, 0, 'a short crawl is not worth a line')
  clock.advance(60_000)
  crawl(35)
  assert.deepEqual(
    lines().map((line) => /(\d+) director/.exec(line)?.[1]),
    ['10', '20', '30'],
  )
})
