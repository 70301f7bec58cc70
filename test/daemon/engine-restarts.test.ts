import assert from 'node:assert/strict'
import { test } from 'node:test'

import { EngineRestarts } from '../../dist/daemon/engine-restarts.js'
import { ClsyncError } from '../../dist/errors.js'
import { DaemonEmitter } from '../../dist/events.js'
import { manualClock } from '../support/manual-clock.ts'

const FAILURE = new ClsyncError('engine', 'cannot read from inotify: EIO')

function restarts() {
  const clock = manualClock(1)
  const events = new DaemonEmitter()
  const said: string[] = []
  events.on('watch:problem', ({ message }) => said.push(message))
  let started = 0
  const restart = (): void => void started++
  const engine = new EngineRestarts({ clock, events, restart })
  return { clock, engine, said, started: () => started }
}

test('an engine that fails is started again after a second, and that is said', () => {
  const { clock, engine, said, started } = restarts()
  assert.equal(engine.after(FAILURE), true)
  assert.deepEqual(said, ['cannot read from inotify: EIO: watching again'])
  clock.advance(999)
  assert.equal(started(), 0)
  clock.advance(1)
  assert.equal(started(), 1)
})

test('the fifth failure in ten minutes is the end, later ones count anew', () => {
  const { clock, engine } = restarts()
  for (let nth = 1; nth <= 4; nth++) assert.equal(engine.after(FAILURE), true)
  clock.advance(9 * 60_000)
  assert.equal(engine.after(FAILURE), false)
  clock.advance(11 * 60_000)
  assert.equal(engine.after(FAILURE), true)
})

test('what is not about the engine is not its business', () => {
  const { engine, said } = restarts()
  assert.equal(engine.after(new Error('other')), false)
  assert.equal(engine.after(new ClsyncError('damaged', 'database')), false)
  assert.deepEqual(said, [])
})

test('a daemon that stops starts nothing any more', () => {
  const { clock, engine, started } = restarts()
  engine.after(FAILURE)
  engine.stop()
  clock.advance(10_000)
  assert.equal(started(), 0)
})
