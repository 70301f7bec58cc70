import type { TestContext } from 'node:test'

import { CLSYNC, runNode } from './clsync-process.ts'

/** As `spawn` takes them. */
export interface User {
  readonly uid: number
  readonly gid: number
}

const NOBODY: User = { uid: 65_534, gid: 65_534 }

/** Returns a user without rights, or skips the test where the program cannot be run as that. */
export async function otherUser(t: TestContext): Promise<User | undefined> {
  if (process.geteuid?.() !== 0) {
    t.skip('only root can become another user')
    return undefined
  }
  const version = runNode(CLSYNC, ['--version'], { cwd: '/', ...NOBODY })
  if (await version.then(({ code }) => code === 0).catch(() => false)) return NOBODY
  t.skip('the program cannot be reached by another user here')
  return undefined
}
