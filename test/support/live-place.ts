import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { TestContext } from 'node:test'

import Database from 'better-sqlite3'

import type { BytePath } from '../../dist/model/glossary.js'
import { ByteTree } from './byte-tree.ts'
import { LiveDaemon, type LiveDaemonSettings } from './live-daemon.ts'
import { scaleOf } from './scale.ts'
import { type RecordedRun, RecordingScript, toldIn } from './recording-script.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** Nothing is collected for long. */
export const SOON: readonly string[] = ['-t', '0', '-w', '0']

/** Lists whose entries can carry every name, collected for a moment. */
export const LISTED: readonly string[] = ['-t', '.05', '-w', '.05', '-0', '-d', 'lists', '-v']

interface LaunchSettings extends LiveDaemonSettings {
  /** @default 'tree' */
  readonly watchDir: string
  readonly rulesFile: string
}

/** Longer for the long forms of some tests. */
const DEADLINE_MS = scaleOf(process.env).isLong ? 600_000 : 60_000
/** Looking costs the daemon some of its time. */
const PAUSE_MS = 20

/** A watch directory `tree`, a `script` that records, `lists` and a database, for the real program. */
export class LivePlace {
  readonly directory: string
  readonly tree: ByteTree
  readonly script: RecordingScript
  readonly db: string
  #daemon: LiveDaemon | undefined
  /** The last run that {@link forgetRuns} saw. */
  #known = 0

  /** @param makeDirectory makes an empty one, and removes it afterwards */
  constructor(t: TestContext, makeDirectory: (t: TestContext) => string = temporaryDirectory) {
    // Before the directory is removed.
    t.after(() => this.#daemon?.kill())
    this.directory = makeDirectory(t)
    this.tree = new ByteTree(join(this.directory, 'tree'))
    this.db = join(this.directory, 'clsync.db')
    mkdirSync(join(this.directory, 'lists'), 0o700)
    this.script = new RecordingScript(join(this.directory, 'script'))
  }

  /** The daemon that was started last. */
  get daemon(): LiveDaemon {
    if (this.#daemon === undefined) throw new Error('no daemon was started')
    return this.#daemon
  }

  /** Starts the program. */
  launch(flags: readonly string[], settings: Partial<LaunchSettings> = {}): LiveDaemon {
    const { watchDir = 'tree', rulesFile } = settings
    const rules = rulesFile === undefined ? [] : [rulesFile]
    const args = ['--db', this.db, ...flags, watchDir, 'script', ...rules]
    this.#daemon = new LiveDaemon(args, { cwd: this.directory, ...settings })
    return this.#daemon
  }

  /** Starts the program; resolves when everything is watched, compared and told. */
  async start(
    flags: readonly string[],
    settings: Partial<LaunchSettings> = {},
  ): Promise<LiveDaemon> {
    const startedAt = Date.now()
    const daemon = this.launch(flags, settings)
    const mirroredSince = flags.includes('always') ? startedAt : 0
    const isMirrored = flags.includes('never') ? '1' : `initialsync_at >= ${mirroredSince}`
    await this.until(() => this.#isCompared(daemon, startedAt, isMirrored))
    await this.settled()
    return daemon
  }

  /** Starts the program and takes what it tells so far for known. */
  async startAndForget(
    flags: readonly string[],
    settings: Partial<LaunchSettings> = {},
  ): Promise<LiveDaemon> {
    const daemon = await this.start(flags, settings)
    this.forgetRuns()
    return daemon
  }

  /** Lets a file come into the tree at once, as one event (IN_MOVED_TO). */
  moveIn(path: BytePath, text: string): void {
    const beside = join(this.directory, 'beside')
    writeFileSync(beside, text)
    renameSync(beside, this.tree.at(path))
  }

  /** Makes changes that the daemon reads all at once. */
  async atOnce(change: () => void): Promise<void> {
    await this.daemon.pause()
    change()
    this.daemon.signal('SIGCONT')
  }

  /** Resolves when nothing is owed and nothing waits but what is held. */
  async settled(): Promise<void> {
    await this.until(() => this.owed().length === 0 && this.waiting().length === 0)
  }

  /** Resolves when the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    const end = performance.now() + DEADLINE_MS
    while (!condition()) {
      if (performance.now() > end)
        throw new Error(`in vain: ${String(condition)}\n${this.describe()}`)
      await delay(PAUSE_MS)
    }
  }

  /** What the database owes, as the view `owed` has it. */
  owed(): readonly { readonly path: string; readonly reason: string }[] {
    return this.query('SELECT path, reason FROM owed') as { path: string; reason: string }[]
  }

  /** Events that will be told as they stand. */
  waiting(): readonly unknown[] {
    return this.query(`SELECT * FROM pending WHERE state <> 'held' LIMIT 10`)
  }

  /** Deletions that the brake holds. */
  held(): readonly string[] {
    const rows = this.query(`SELECT path FROM pending WHERE state = 'held' ORDER BY path`)
    return (rows as { path: string }[]).map(({ path }) => path)
  }

  /** Asks the database, as anybody may. */
  query(sql: string): readonly unknown[] {
    if (!existsSync(this.db)) return []
    const db = new Database(this.db, { readonly: true, timeout: 5_000 })
    try {
      const isNew = db.pragma('user_version', { simple: true }) === 0
      return isNew ? [] : db.prepare(sql).all()
    } finally {
      db.close()
    }
  }

  /** A row of the table `status`. */
  status(name: string): string | undefined {
    const [row] = this.query(`SELECT value FROM status WHERE name = '${name}'`)
    return (row as { value: string } | undefined)?.value
  }

  /** What was told in runs that succeeded since {@link forgetRuns}. */
  told(terminator: '\n' | '\0' = '\0'): Map<BytePath, number> {
    return toldIn(this.runs(), 'tree', terminator)
  }

  /** Resolves when all of these were told. */
  async tells(...paths: readonly BytePath[]): Promise<void> {
    await this.until(() => {
      const told = this.told()
      return paths.every((path) => told.has(path))
    })
  }

  /** Runs of the script since {@link forgetRuns}; of one kind, if one is given. */
  runs(kind?: 'initialsync' | 'sync' | 'synclist'): readonly RecordedRun[] {
    const runs = this.script.runs().filter(({ id }) => id > this.#known)
    return kind === undefined ? runs : runs.filter(({ args }) => args[0] === kind)
  }

  /** Resolves with the first run whose arguments begin with these. */
  async ran(...args: readonly string[]): Promise<RecordedRun> {
    const find = (): RecordedRun | undefined =>
      this.runs().find((run) => args.every((arg, index) => run.args[index] === arg))
    await this.until(() => find() !== undefined)
    const run = find()
    if (run === undefined) throw new Error('bug: a run went away')
    return run
  }

  forgetRuns(): void {
    this.#known = Math.max(this.#known, ...this.script.runs().map(({ id }) => id))
  }

  /** Scripts that are started from now on wait, until {@link letGo}. */
  hold(): void {
    writeFileSync(this.script.file('hold'), '')
  }

  letGo(): void {
    rmSync(this.script.file('hold'), { force: true })
  }

  /** Scripts exit with this from now on. */
  exitWith(code: number): void {
    writeFileSync(this.script.file('exit'), `${code}\n`)
  }

  describe(): string {
    const runs = this.runs().slice(-10)
    const told = runs.map(({ args, exitCode }) => `${args.join(' ')}: ${exitCode}`)
    return JSON.stringify([this.owed(), this.waiting(), told], null, 1) + this.#daemon?.log
  }

  #isCompared(daemon: LiveDaemon, startedAt: number, isMirrored: string): boolean {
    if (!daemon.isRunning) throw new Error(`it ended: ${daemon.log}`)
    const rows = this.query(`
      SELECT 1 FROM daemon WHERE pid = ${daemon.pid} AND catalogued_at >= ${startedAt} AND ${isMirrored}
        AND NOT EXISTS (SELECT 1 FROM run WHERE ended_at IS NULL AND kind = 'initialsync')
    `)
    return rows.length > 0
  }
}
