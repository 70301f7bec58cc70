import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { ByteTree } from './byte-tree.ts'
import { untoldPaths } from './coverage.ts'
import { LiveDaemon, type LiveDaemonSettings } from './live-daemon.ts'
import {
  type MirrorSettings,
  NO_TROUBLE,
  readNotes,
  readViolations,
  type Trouble,
} from './mirror-settings.ts'
import { lookAtQueue } from './queue-look.ts'
import { reportOn } from './site-report.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import type { TreeDiary } from './tree-diary.ts'
import { type Difference, differencesOf, snapshotOf } from './tree-snapshot.ts'

const MIRROR = fileURLToPath(new URL('../crash/fixture/mirror.js', import.meta.url))

/** Files above 100 kB are big ones here. */
const FLAGS: readonly (readonly [flag: string, value: string])[] = [
  ['-t', '0.05'],
  ['-w', '0.05'],
  ['-T', '0.1'],
  ['-B', '100000'],
  ['--retrydelay', '0.1'],
  ['--retrydelaymax', '0.5'],
  ['--maxdelete', '100%'],
]
const DEADLINE_MS = 300_000
/** A daemon that has nothing to do for so long has forgotten what is different. */
const LONGEST_IDLE_MS = 30_000
/** Looking takes time from those that are looked at. */
const LOOK_EVERY_MS = 100

export interface SiteSettings {
  /** Where database, lists and trees are put; elsewhere than the notes when its disk is to fail. */
  readonly disk?: string
  /** Where the database is put. @default in `disk` */
  readonly state?: string
  /** Where lists are put. @default in `disk` */
  readonly lists?: string
  readonly terminator?: '\n' | '\0'
  readonly trouble?: Trouble
}

/** A source, its mirror, and what keeps them equal: real daemons with a mirror script. */
export class Site {
  /** Watched. */
  readonly from: ByteTree
  readonly to: ByteTree
  /** On the same file system, for moves in and out. */
  readonly outside: ByteTree
  readonly db: string
  readonly lists: string
  readonly script: string
  /** What the script noted. */
  readonly notes: string
  readonly #terminator: '\n' | '\0'
  /** What is done to the source, if that is known. */
  diary: TreeDiary | undefined
  #daemon: LiveDaemon | undefined

  constructor(directory: string, settings: SiteSettings = {}) {
    const { disk = directory, terminator = '\n', trouble = NO_TROUBLE } = settings
    const { state = `${disk}/state`, lists = `${disk}/lists` } = settings
    this.from = new ByteTree(`${disk}/from`)
    this.to = new ByteTree(`${directory}/to`)
    this.outside = new ByteTree(`${disk}/outside`)
    this.lists = lists
    this.notes = `${directory}/notes`
    mkdirSync(this.lists, { recursive: true, mode: 0o700 })
    mkdirSync(state, { recursive: true, mode: 0o700 })
    mkdirSync(this.notes, { recursive: true })
    this.db = `${state}/queue.db`
    this.script = `${directory}/mirror`
    this.#terminator = terminator
    this.write(`exec "${process.execPath}" "${MIRROR}" "${directory}/mirror.json" "$@"`)
    this.#configure(`${directory}/mirror.json`, trouble)
  }

  /** The daemon that was started last. */
  get daemon(): LiveDaemon {
    if (this.#daemon === undefined) throw new Error('no daemon was started')
    return this.#daemon
  }

  /** Puts another script in place: lines for sh. */
  write(script: string): void {
    writeFileSync(this.script, `#!/bin/sh\n${script}\n`)
    chmodSync(this.script, 0o755)
  }

  /** Scripts that are started from now on wait. */
  holdScripts(): void {
    writeFileSync(`${this.notes}/hold`, '')
  }

  letScriptsGo(): void {
    rmSync(`${this.notes}/hold`)
  }

  /** Starts a daemon with short delays; `args` may say otherwise. */
  start(args: readonly string[] = [], settings: Partial<LiveDaemonSettings> = {}): LiveDaemon {
    const defaults = FLAGS.filter(([flag]) => !args.includes(flag)).flat()
    const lists = ['-d', this.lists, ...(this.#terminator === '\0' ? ['-0'] : [])]
    const places = ['--db', this.db, this.from.root, this.script]
    const all = [...defaults, ...lists, '-v', ...args, ...places]
    this.#daemon = new LiveDaemon(all, { cwd: this.notes, ...settings })
    return this.#daemon
  }

  /** Starts the first daemon; resolves when everything is mirrored and compared. */
  async begin(...args: readonly string[]): Promise<LiveDaemon> {
    return this.#begun(this.start(args))
  }

  /** The same for a daemon in other circumstances. */
  async beginWith(settings: Partial<LiveDaemonSettings>): Promise<LiveDaemon> {
    return this.#begun(this.start([], settings))
  }

  async #begun(daemon: LiveDaemon): Promise<LiveDaemon> {
    await daemon.says('run:succeeded', ({ kind }) => kind === 'initialsync')
    await daemon.says('reconcile:finished')
    await this.untilEqual()
    return daemon
  }

  /** Ends what is left of the last daemon, when the test is over. */
  async close(): Promise<void> {
    await this.#daemon?.kill()
  }

  /** Resolves when nothing is left to do and the mirror is equal. */
  async untilEqual(deadlineMs: number = DEADLINE_MS): Promise<void> {
    await this.#untilNone(() => this.differences(), deadlineMs)
  }

  /**
   * Resolves when nothing is left to do and every path was in a successful run after its last change
   * (P1), and none in two at once (P3). Equal it may be before: a script that was told of an earlier
   * change has seen the last one too, of which the daemon has yet to hear.
   */
  async untilTold({ changes }: TreeDiary): Promise<void> {
    await this.#untilNone(() => untoldPaths(this.from, changes, readNotes(this.notes)), DEADLINE_MS)
    this.expectNoViolations()
  }

  differences(): readonly Difference[] {
    return differencesOf(snapshotOf(this.from), snapshotOf(this.to))
  }

  async #untilNone(differences: () => readonly Difference[], deadlineMs: number): Promise<void> {
    const end = performance.now() + deadlineMs
    let idleSince = Infinity
    for (;;) {
      const now = performance.now()
      const found = this.#isIdle() ? differences() : undefined
      if (found?.length === 0) return
      idleSince = found === undefined ? Infinity : Math.min(idleSince, now)
      const why = this.#whyVain(now > end, now - idleSince)
      if (why !== undefined) throw new Error(`${why}:\n${this.#report(found ?? differences())}`)
      await delay(LOOK_EVERY_MS)
    }
  }

  #whyVain(isLate: boolean, idleMs: number): string | undefined {
    if (isLate) return 'waited in vain'
    if (!this.daemon.isRunning) return 'it ended'
    return idleMs > LONGEST_IDLE_MS ? 'it rests' : undefined
  }

  #report(differences: readonly Difference[]): string {
    const left = JSON.stringify(lookAtQueue(this.db))
    return `${left}\n${reportOn(differences, this.notes, this.diary)}\n${this.#daemon?.log}`
  }

  /** No script was called in a way in which scripts must not be called. */
  expectNoViolations(): void {
    assert.deepEqual(readViolations(this.notes), [])
  }

  #isIdle(): boolean {
    const look = lookAtQueue(this.db)
    return look !== undefined && look.events + look.owed + look.running === 0
  }

  #configure(file: string, trouble: Trouble): void {
    const settings: MirrorSettings = {
      from: this.from.root,
      to: this.to.root,
      label: 'nolabel',
      terminator: this.#terminator,
      notes: this.notes,
      trouble,
    }
    writeFileSync(file, JSON.stringify(settings))
  }
}

/** A site for one test. */
export function siteFor(t: TestContext, settings?: SiteSettings): Site {
  const site = new Site(temporaryDirectory(t), settings)
  t.after(async () => site.close())
  return site
}
