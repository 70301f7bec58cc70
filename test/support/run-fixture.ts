import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

import type { Event, Run, RunKind } from '../../dist/model/glossary.js'
import {
  createRunner,
  loadSpawner,
  type RunHandle,
  type Runner,
  type RunnerSettings,
} from '../../dist/run/runner.js'
import type { RunOutcome } from '../../dist/model/run-outcome.js'
import { temporaryDirectory } from './temporary-directory.js'

const spawner = await loadSpawner()

/** One temporary directory a test, with an action script and a runner for it. */
export class RunFixture {
  readonly directory: string
  readonly script: string
  readonly lines: string[] = []
  readonly spawned: { run: number; pid: number; identity: string | undefined }[] = []

  /** Hears each line of output; keeps them all unless changed. */
  onLine: (line: string) => unknown = (line) => this.lines.push(line)

  /** Called for each process, in the same turn. */
  onSpawned: (pid: number) => void = () => undefined

  constructor(context: TestContext, scriptBody: string) {
    this.directory = temporaryDirectory(context)
    this.script = join(this.directory, 'action.sh')
    this.write(scriptBody)
  }

  /** (Re)writes the script: bash, with the fixture's directory in `$T`. */
  write(body: string): void {
    writeFileSync(this.script, `#!/bin/bash\nT='${this.directory}'\n${body}\n`)
    chmodSync(this.script, 0o755)
  }

  path(name: string): string {
    return join(this.directory, name)
  }

  /** Makes a file, for scripts that wait for one. */
  touch(name: string): void {
    writeFileSync(this.path(name), '')
  }

  read(name: string): Buffer {
    return readFileSync(this.path(name))
  }

  /** Names of files that were made for scripts and are still there. */
  ownFiles(): readonly string[] {
    return readdirSync(this.directory).filter((name) => /\.(?:list|failed)$/.test(name))
  }

  settings(changes: Partial<RunnerSettings> = {}): RunnerSettings {
    return {
      script: this.script,
      label: 'nolabel',
      watchDir: '/watched',
      db: this.path('clsync.db'),
      listsDir: this.directory,
      listTerminator: '\n',
      timeoutMs: 0,
      killGraceMs: 5_000,
      ignoreExitCodes: [],
      environment: process.env,
      ...changes,
    }
  }

  /** A runner for more than one run. */
  runner(changes: Partial<RunnerSettings> = {}): Runner {
    const listener = {
      output: (_run: number, line: string) => this.onLine(line),
      listed: () => undefined,
      spawned: (run: number, pid: number, identity: string | undefined) => {
        this.spawned.push({ run, pid, identity })
        this.onSpawned(pid)
      },
    }
    return createRunner(this.settings(changes), listener, spawner)
  }

  start(run: Run, events: readonly Event[], changes: Partial<RunnerSettings> = {}): RunHandle {
    return this.runner(changes).start(run, events)
  }

  /** Starts a run of this kind and waits for its end. */
  perform(
    kind: RunKind,
    events: readonly Event[],
    changes: Partial<RunnerSettings> = {},
  ): Promise<RunOutcome> {
    return this.start({ id: 7, kind, attempt: 1 }, events, changes).outcome
  }
}

export function event(path: string, mask: number = 0x100): Event {
  return { path, mask, sizeClass: 'ordinary' }
}

/** Bash that writes its arguments, each followed by NUL, to `$T/arguments`, once more a call. */
export const RECORD_ARGUMENTS = String.raw`printf '%s\0' "$@" >> "$T/arguments"`
