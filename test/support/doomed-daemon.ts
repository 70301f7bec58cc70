import { createRunner, loadSpawner } from '../../dist/run/runner.js'

/** Starts one run as `argv[2]` (JSON: settings, run, events) says, and tells of it; to be killed. */
const { settings, run, events } = JSON.parse(process.argv[2] ?? '')
createRunner(
  { ...settings, environment: process.env },
  {
    output: (_run, line) => console.log(`line ${line}`),
    listed: () => undefined,
    spawned: (id, pid, identity) => console.log(`spawned ${JSON.stringify({ id, pid, identity })}`),
  },
  await loadSpawner(),
).start(run, events)
