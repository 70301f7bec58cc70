import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import type { TestContext } from 'node:test'

import { errnoOf } from '../../dist/errors.js'
import { temporaryDirectory } from './temporary-directory.ts'

/** Says why there can be no small disk here, or false. */
export const whyNoSmallDisk: string | false =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'only root may mount a tmpfs'

/** A disk that is soon full. */
export class SmallDisk {
  readonly directory: string

  constructor(t: TestContext, bytes: number) {
    // Hooks run in this order: what is mounted must not be removed.
    t.after(() => void spawnSync('umount', ['--lazy', this.directory]))
    this.directory = temporaryDirectory(t)
    const options = `size=${bytes},mode=700`
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', this.directory])
  }

  /** Takes all the room that is left. */
  fill(): void {
    const file = openSync(this.#filler, 'a')
    try {
      for (const bytes of [65_536, 4_096]) writeUntilFull(file, Buffer.alloc(bytes, 'full'))
    } finally {
      closeSync(file)
    }
  }

  /** Gives it free again. */
  clear(): void {
    rmSync(this.#filler)
  }

  get #filler(): string {
    return `${this.directory}/filler`
  }
}

function writeUntilFull(file: number, chunk: Buffer): void {
  try {
    while (writeSync(file, chunk) === chunk.length);
  } catch (error) {
    if (errnoOf(error) !== 'ENOSPC') throw error
  }
}
