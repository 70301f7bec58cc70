import { statSync, type Stats } from 'node:fs'

import type BetterSqlite3 from 'better-sqlite3'

import { damaged } from './database-error.ts'
import { fileIdentityAt } from './file-identity.ts'
import { type WalState, walState, pageBytes } from './wal-state.ts'
import { flawOnDisk } from './soundness.ts'
import { leastBytes, readWalFile } from './wal-file.ts'

const SUFFIXES = ['', '-wal', '-shm'] as const

/**
 * The files of an open database, watched for what others do to them. SQLite does not: writing to a
 * file that lost its name "succeeds" and is lost, and what it has in memory it does not read again.
 */
export class DatabaseFiles {
  readonly #path: string
  readonly #connection: BetterSqlite3.Database
  readonly #identities: ReadonlyMap<string, string | undefined>
  #written: string
  #state: WalState

  /** Takes the files for ours that are there now. */
  constructor(connection: BetterSqlite3.Database) {
    this.#connection = connection
    this.#path = connection.name
    this.#identities = new Map(SUFFIXES.map((suffix) => [suffix, this.#identityOf(suffix)]))
    this.#state = walState(connection)
    this.#written = this.#lastWritten()
  }

  /**
   * Makes sure that the files are still where they were and nobody but SQLite wrote to them.
   *
   * @throws ClsyncError `damaged`
   */
  assertOurs(): void {
    for (const [suffix, identity] of this.#identities) this.#assertInPlace(suffix, identity)
    const written = this.#lastWritten()
    const state = walState(this.#connection)
    this.#assertLogIsWhole(state)
    const isExplained = state.frames !== this.#state.frames || state.copied !== this.#state.copied
    if (written !== this.#written && !isExplained) this.assertSound()
    this.#written = written
    this.#state = state
  }

  /**
   * Makes sure of what is in the files, all of it, as it is on the disk.
   *
   * @throws ClsyncError `damaged`
   */
  assertSound(): void {
    const state = walState(this.#connection)
    const flaw = flawOnDisk(this.#path)
    if (flaw !== undefined)
      throw damaged(`database ${this.#path} was damaged while in use: ${flaw}`)
    const sound = readWalFile(`${this.#path}-wal`, state.frames)?.frames ?? 0
    const after = walState(this.#connection)
    const isSame = after.frames === state.frames && after.copied === state.copied
    if (!isSame || sound >= state.frames || state.copied === state.frames) return
    throw damaged(`database ${this.#path}-wal was damaged while in use`)
  }

  #assertInPlace(suffix: string, identity: string | undefined): void {
    const now = this.#identityOf(suffix)
    if (now === identity) return
    const what = now === undefined ? 'was deleted' : 'was replaced by another file'
    throw damaged(`database ${this.#path}${suffix} ${what} while in use`)
  }

  #assertLogIsWhole({ frames }: WalState): void {
    const bytes = this.#stat('-wal')?.size ?? 0
    if (frames === 0 || bytes >= leastBytes(frames, pageBytes(this.#connection))) return
    throw damaged(`database ${this.#path}-wal was cut off while in use`)
  }

  #lastWritten(): string {
    return ['', '-wal'].map((suffix) => this.#stat(suffix)?.mtimeMs).join()
  }

  #identityOf(suffix: string): string | undefined {
    return fileIdentityAt(this.#path + suffix)
  }

  #stat(suffix: string): Stats | undefined {
    return statSync(this.#path + suffix, { throwIfNoEntry: false })
  }
}
