import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import fc from 'fast-check'

import { fastDirectory } from '../support/fast-directory.ts'
import { scaleOf } from '../support/scale.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { anyCommand, anySettings } from './model/commands.ts'
import { Simulation } from './model/simulation.ts'

/** Commands of one story at most. */
const STORY = 2_000
const STORIES = Number(process.env['CLSYNC_MODEL_STORIES'] ?? 90)
/** What as many stories as there are by default have to amount to. */
const LEAST_STEPS = STORIES === 90 ? 100_000 : 0
/** Stories that are added at a time where those fall short, as their lengths are random. */
const MORE = 5

test('no story of hints, runs, failures, crashes and foreign hands breaks P1, P2, P3 or P5', async (t) => {
  const directory = fastDirectory(t)
  const { seed } = scaleOf(process.env)
  let steps = 0
  let runs = 0
  const since = performance.now()
  const property = fc.asyncProperty(
    anySettings,
    fc.nat(),
    fc.commands([...anyCommand], { maxCommands: STORY, size: 'max' }),
    async (settings, dice, commands) => {
      const path = join(directory, 'queue.db')
      for (const suffix of ['', '-wal', '-shm', '.lock']) rmSync(path + suffix, { force: true })
      const random = new SeededRandom(dice)
      const simulation = new Simulation(path, settings, () => random.next())
      try {
        await fc.asyncModelRun(() => ({ model: {}, real: simulation }), commands)
        await simulation.heal()
      } finally {
        steps += simulation.ledger.steps
        runs += simulation.ledger.runs
        simulation.close()
      }
    },
  )
  let stories = 0
  const play = async (numRuns: number): Promise<void> => {
    // Shrinking a story of thousands of commands takes hours; its seed plays it again.
    const once = { endOnFailure: true, includeErrorInReport: true }
    await fc.assert(property, { numRuns, seed: seed + stories, ...once })
    stories += numRuns
  }
  await play(STORIES)
  const isTooShort = (): boolean => steps < LEAST_STEPS && stories < 2 * STORIES
  while (isTooShort()) await play(MORE)
  const seconds = (performance.now() - since) / 1_000
  t.diagnostic(
    `${steps} steps and ${runs} runs in ${stories} stories, ${seconds.toFixed(1)} s, seed ${seed}`,
  )
  assert.ok(steps >= LEAST_STEPS, `only ${steps} steps`)
})
