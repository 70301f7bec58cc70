import { availableParallelism, homedir } from 'node:os'

import type { Surroundings } from '../given.ts'

/** Returns the surroundings of this process. */
export function currentSurroundings(): Surroundings {
  return {
    cwd: process.cwd(),
    platform: process.platform,
    cores: availableParallelism(),
    isRoot: process.geteuid?.() === 0,
    home: homedir(),
    stateHome: process.env['XDG_STATE_HOME'],
  }
}
