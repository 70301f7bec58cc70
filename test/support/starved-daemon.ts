import { closeSync, openSync } from 'node:fs'

import { createRunner, loadSpawner } from '../../dist/run/runner.js'
import { NO_STANDBY } from './waiting-shells.ts'

/**
 * Tries runs (settings as JSON in `argv[2]`) while all file descriptors but a few are taken, and
 * prints why each ended; to be started with a low `ulimit -n`.
 */
const settings = {
  ...JSON.parse(process.argv[2] ?? ''),
  environment: { ...process.env, ...NO_STANDBY },
}
const listener = {
  output: () => undefined,
  listed: () => undefined,
  spawned: () => undefined,
}
const runner = createRunner(settings, listener, await loadSpawner())
const events = [{ path: 'a', mask: 8, sizeClass: 'ordinary' }] as const
const run = { id: 1, kind: 'sync', attempt: 1 } as const
await runner.start(run, events).outcome

for (let left = 0; left <= 10; left++) {
  const taken = takeAllBut(left)
  const { outcome } = runner.start(run, events)
  for (const descriptor of taken) closeSync(descriptor)
  console.log((await outcome).why)
}

function takeAllBut(left: number): readonly number[] {
  const taken: number[] = []
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'))
  } catch {
    for (const descriptor of taken.splice(0, left)) closeSync(descriptor)
    return taken
  }
}
