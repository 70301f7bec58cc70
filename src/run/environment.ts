import type { Run } from '../model/glossary.ts'

/**
 * Variables that speak to this process alone: Node's own (a script written in Node would load our
 * hooks or take over our IPC channel) and systemd's (a script would answer for the daemon's health,
 * or take its own output for the journal).
 */
const NOT_FOR_SCRIPTS: ReadonlySet<string> = new Set([
  'NODE_OPTIONS',
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'NODE_UNIQUE_ID',
  'NODE_V8_COVERAGE',
  'NODE_TEST_CONTEXT',
  'NOTIFY_SOCKET',
  'WATCHDOG_PID',
  'WATCHDOG_USEC',
  'LISTEN_PID',
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
  'FDSTORE',
  'JOURNAL_STREAM',
])

/** Variables as a process gets them. */
export type Environment = Readonly<Record<string, string>>

/** Returns what all scripts get: the daemon's environment without what is only the daemon's. */
export function scriptEnvironment(
  given: NodeJS.ProcessEnv,
  label: string,
  db: string,
): Environment {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !NOT_FOR_SCRIPTS.has(name)) kept[name] = value
  }
  return { ...kept, CLSYNC_LABEL: label, CLSYNC_DB: db }
}

/** Returns what is new for a run. `failedFile` is where the script may name paths that failed. */
export function runVariables(run: Run, failedFile: string): Environment {
  return {
    CLSYNC_RUN_ID: String(run.id),
    CLSYNC_ATTEMPT: String(run.attempt),
    CLSYNC_FAILED: failedFile,
  }
}
