import { constants } from 'node:fs'

import { errnoName } from '../../errors.ts'
import { AT_FDCWD, type Libc } from './libc.ts'

const O_PATH = 0o10000000
const O_CLOEXEC = 0o2000000
/** `sched.h`: working directory, root and umask. */
const CLONE_FS = 0x200

/**
 * A working directory of this thread alone. Some system calls take a path and nothing else: the quickest
 * way to tell them a name in an open directory is to go there. Relative paths lead elsewhere meanwhile,
 * so come back before anything else is done.
 */
export class WorkingDirectory {
  readonly #libc: Libc
  /** Where all threads are. */
  readonly #home: number
  #isAway = false

  private constructor(libc: Libc, home: number) {
    this.#libc = libc
    this.#home = home
  }

  /** Undefined where a sandbox forbids it (unshare(2)), or where one could not come back. */
  static ofThread(libc: Libc): WorkingDirectory | undefined {
    if (libc.unshare(CLONE_FS) !== 0) return undefined
    const dot = libc.allocate(2)
    dot.bytes.write('.\0')
    const home = libc.openat(AT_FDCWD, dot.address, O_PATH | O_CLOEXEC | constants.O_DIRECTORY)
    if (home < 0) return undefined
    if (libc.fchdir(home) === 0) return new WorkingDirectory(libc, home)
    libc.close(home)
    return undefined
  }

  /** Goes to an open directory; false: it may not be searched. */
  enter(directory: number): boolean {
    const isThere = this.#libc.fchdir(directory) === 0
    this.#isAway ||= isThere
    return isThere
  }

  /** Comes back. Throws where that is not allowed any more. */
  leave(): void {
    if (this.#isAway && this.#libc.fchdir(this.#home) !== 0) {
      throw new Error(`cannot come back to the working directory: ${errnoName(this.#libc.errno())}`)
    }
    this.#isAway = false
  }

  close(): void {
    this.#libc.close(this.#home)
  }
}
