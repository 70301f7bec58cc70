import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { ClsyncProgram } from '../support/clsync.ts'
import { versionOf } from './installed.ts'
import type { Peer } from './peer.ts'
import { CLSYNC } from '../../support/clsync-process.ts'

/** This project. */
export const clsync: Peer = {
  name: 'clsync',
  debian: undefined,
  notes: '`--outlistsdir` (but for latency), `-t 0 -w DELAY`, inotify, everything else as it comes',
  mostDirectories: Infinity,
  version: () => versionOf(process.execPath, [CLSYNC, '--version']),

  async start({ tree, state, script, delaySeconds, isSingle = false }, scratch) {
    const lists = join(state, 'lists')
    mkdirSync(lists, { mode: 0o700, recursive: true })
    const flags = [...['-t', '0', '-w', String(delaySeconds)], ...(isSingle ? [] : ['-d', lists])]
    const daemon = new ClsyncProgram({ flags, db: join(state, 'queue.db'), tree, script }, scratch)
    const readyMs = await daemon.reached('daemon:ready')
    const settled = daemon.reached('reconcile:finished').then(() => undefined)
    settled.catch(() => undefined)
    return {
      pid: daemon.program.pid,
      readyMs,
      settled,
      died: daemon.program.died,
      stop: () => daemon.program.stop(),
    }
  },
}
