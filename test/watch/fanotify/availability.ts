import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe } from '../../../dist/errors.js'
import type { HintSink } from '../../../dist/watch/contract.js'
import { FanotifyEngine } from '../../../dist/watch/fanotify/engine.js'
import { openFilter } from '../open-filter.ts'

const silent: HintSink = {
  look: () => undefined,
  renamed: () => undefined,
  below: () => undefined,
  problem: () => undefined,
  rootLost: () => undefined,
}

/** Returns why fanotify cannot be tested here, or undefined when it can. */
export async function whyNoFanotify(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'not on Linux'
  const root = mkdtempSync(join(tmpdir(), 'clsync-test-'))
  try {
    const settings = { root, engine: 'fanotify', pollMs: undefined, rules: undefined } as const
    const engine = new FanotifyEngine({ ...settings, ownPaths: [] }, openFilter(), silent)
    try {
      await engine.start()
    } finally {
      await engine.close()
    }
    return undefined
  } catch (error) {
    return describe(error)
  } finally {
    rmdirSync(root)
  }
}
