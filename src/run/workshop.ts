import type { Clock } from '../clock.ts'
import type { Spawner } from './child.ts'
import { scriptEnvironment } from './environment.ts'
import { Launcher } from './launcher.ts'
import type { ListLayout } from './list-file.ts'
import { ownDirectoryOf } from './own-directory.ts'
import { databaseTag, type OwnFiles } from './own-files.ts'
import { scriptPaths } from './script-paths.ts'

/** What a runner has to know; from the options, unchanged. */
export interface RunnerSettings {
  /** Absolute path of the action script. */
  readonly script: string
  /** Without white space. */
  readonly label: string
  /** As given on the command line, less trailing slashes. */
  readonly watchDir: string
  /** Absolute path of the database. */
  readonly db: string
  /** Directory for list files; undefined: runs are never `synclist`. */
  readonly listsDir: string | undefined
  readonly listTerminator: '\n' | '\0'
  /** Milliseconds a run may take; 0: no limit. */
  readonly timeoutMs: number
  /** Milliseconds a script has between SIGTERM and SIGKILL. */
  readonly killGraceMs: number
  /** Exit codes that count as success besides 0. */
  readonly ignoreExitCodes: readonly number[]
  /** Environment of the daemon. */
  readonly environment: NodeJS.ProcessEnv
}

/** Who hears of runs while they go on. Must not throw. */
export interface RunnerListener {
  /** One line of the script's stdout or stderr, without newline; other control characters stay. */
  output(run: number, line: string): void
  /** The run's list is on disk, its script was not started. */
  listed(run: number): void
  /**
   * The run has a process. Called in the same turn of the event loop, before its script does anything
   * where that can be; more than once when a list leaves paths over. To be recorded at once, so that
   * a later daemon finds it.
   */
  spawned(run: number, pid: number, identity: string | undefined): void
}

/** What all runs of a daemon share. */
export interface Workshop {
  readonly settings: RunnerSettings
  readonly listener: RunnerListener
  readonly clock: Clock
  readonly launcher: Launcher
  readonly files: OwnFiles
  readonly layout: ListLayout
}

/** Works out once what every run needs. */
export function openWorkshop(
  settings: RunnerSettings,
  listener: RunnerListener,
  spawner: Spawner,
  clock: Clock,
): Workshop {
  const { label, db, watchDir, listTerminator, ignoreExitCodes } = settings
  const environment = scriptEnvironment(settings.environment, label, db)
  return {
    settings,
    listener,
    clock,
    launcher: new Launcher(spawner, environment, ignoreExitCodes, clock),
    files: ownFilesOf(settings),
    layout: { label, terminator: listTerminator, paths: scriptPaths(watchDir) },
  }
}

/**
 * Returns where the files are that are handed to scripts: in the list directory, or in one beside
 * the database; see `removeStaleFiles`.
 */
export function ownFilesOf({ db, listsDir }: Pick<RunnerSettings, 'db' | 'listsDir'>): OwnFiles {
  const directory = ownDirectoryOf({ db, listsDir })
  return { directory, isOwn: listsDir === undefined, tag: databaseTag(db) }
}
