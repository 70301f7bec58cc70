import { createRunner, KILL_GRACE_MS, loadSpawner, type Runner } from '../run/runner.ts'
import type { Delivery } from './delivery.ts'
import type { StagesParts } from './stages.ts'

/** Loads what runs scripts; they are told of to `delivery`. */
export async function loadRunner(parts: StagesParts, delivery: Delivery): Promise<Runner> {
  const spawner = await loadSpawner()
  const { options, clock, events, environment, at, onFailed } = parts
  const settings = {
    script: options.script,
    label: options.label,
    watchDir: options.watchDir,
    db: options.db,
    listsDir: options.listsDir,
    listTerminator: options.listTerminator,
    timeoutMs: options.syncTimeoutMs,
    killGraceMs: KILL_GRACE_MS,
    ignoreExitCodes: options.ignoreExitCodes,
    environment,
  }
  const listener = {
    output: (run: number, line: string) => events.emit('run:output', { run, line }),
    listed: () => at('listed'),
    spawned: (run: number, pid: number, identity: string | undefined) => {
      delivery.spawned(run, pid, identity).catch(onFailed)
    },
  }
  return createRunner(settings, listener, spawner, clock)
}
