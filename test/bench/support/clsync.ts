import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

import { CLSYNC } from '../../support/clsync-process.ts'
import { Program } from './program.ts'
import type { Scratch } from './scratch.ts'

export interface ClsyncCall {
  readonly flags: readonly string[]
  readonly db: string
  readonly tree: string
  readonly script: string
}

/** The daemon, as it says what it does. */
export class ClsyncProgram {
  readonly program: Program

  constructor({ flags, db, tree, script }: ClsyncCall, scratch: Scratch) {
    mkdirSync(dirname(db), { mode: 0o700, recursive: true })
    const args = [CLSYNC, '--verbose', '--logformat', 'json', '--db', db, ...flags, tree, script]
    this.program = new Program({ file: process.execPath, args }, scratch)
  }

  /** Milliseconds from exec to what the log calls by this name. */
  async reached(event: string): Promise<number> {
    await this.program.line((line) => line.includes(`"event":"${event}"`))
    return performance.now() - this.program.startedAt
  }
}
