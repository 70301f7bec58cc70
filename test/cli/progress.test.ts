import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openLog } from '../../dist/cli/open-log.js'
import type { StreamOutput } from '../../dist/cli/stream-output.js'
import { DaemonEmitter } from '../../dist/events.js'
import { DEFAULTS } from '../../dist/options.js'
import { manualClock } from '../support/manual-clock.ts'

const ERASE = '\r\u001b[K'

function onTerminal(logFormat: 'text' | 'json', verbosity: 'quiet' | 'normal' = 'normal') {
  let screen = ''
  const clock = manualClock()
  const events = new DaemonEmitter()
  const output: StreamOutput = { write: (line) => (screen += `${line}\n`), close: async () => {} }
  const terminal = { columns: 40, write: (text: string) => (screen += text) }
  const log = openLog({ ...DEFAULTS, logFormat, verbosity }, clock, output, terminal)
  log.listen(events)
  return {
    clock,
    log,
    screen: () => screen,
    progress: (entries: number) =>
      events.emit('reconcile:progress', {
        path: 'a\u001bb',
        reason: 'start',
        directories: 1,
        entries,
        entriesPerSecond: 2,
      }),
    output: (line: string) => events.emit('run:output', { run: 1, line }),
  }
}

test('A crawl shows how far it is on a line that updates itself', () => {
  const { clock, progress, screen } = onTerminal('text')
  progress(1)
  assert.equal(screen(), `${ERASE}... start, 1 directory, 1 entry, 2/s, i`)
  progress(2)
  assert.equal(screen().split(ERASE).length, 2, 'not more often than ten times a second')
  clock.advance(100)
  progress(3)
  assert.ok(screen().endsWith(`${ERASE}... start, 1 directory, 3 entries, 2/s,`))
  assert.doesNotMatch(screen(), /\n/)
})

test('The line is erased before other lines and at the end', async () => {
  const { clock, progress, output, log, screen } = onTerminal('text')
  progress(1)
  output('hello')
  assert.match(screen().split(ERASE).at(-1) ?? '', /^.{19} info {2}run 1: hello\n$/)
  clock.advance(100)
  progress(2)
  await log.close()
  assert.ok(screen().endsWith(ERASE))
})

test('Neither JSON nor --quite has such a line', () => {
  const json = onTerminal('json')
  json.progress(1)
  assert.equal(json.screen(), '')
  for (let second = 0; second <= 10; second++) {
    json.clock.advance(1000)
    json.progress(second)
  }
  assert.match(json.screen(), /^\{.*"event":"reconcile:progress".*\}\n$/)
  const quiet = onTerminal('text', 'quiet')
  quiet.progress(1)
  assert.equal(quiet.screen(), '')
})
