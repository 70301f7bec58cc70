import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { ClsyncProgram } from '../support/clsync.ts'
import { versionOf } from './installed.ts'
import type { Peer, Scene, Watching } from './peer.ts'
import { CLSYNC } from '../../support/clsync-process.ts'
import type { Scratch } from '../support/scratch.ts'

/** This project. */
export const clsync: Peer = {
  name: 'clsync',
  debian: undefined,
  notes: '`--outlistsdir` (but for latency), `-t 0 -w DELAY`, inotify, everything else as it comes',
  mostDirectories: Infinity,
  hasCatalogue: true,
  version: () => versionOf(process.execPath, [CLSYNC, '--version']),
  start: (scene, scratch) => start(scene, scratch, []),
}

/** The same with the engine that sets no watches; only for root. */
export const clsyncFanotify: Peer = {
  ...clsync,
  name: 'clsync --fanotify',
  notes: 'the same with the engine that marks the whole file system, where the engine matters',
  onlyWorks: 'ready',
  version: () => (process.getuid?.() === 0 ? clsync.version() : undefined),
  start: (scene, scratch) => start(scene, scratch, ['--fanotify']),
}

async function start(
  { tree, state, script, delaySeconds, isSingle = false }: Scene,
  scratch: Scratch,
  engine: readonly string[],
): Promise<Watching> {
  const lists = join(state, 'lists')
  mkdirSync(lists, { mode: 0o700, recursive: true })
  const delays = ['-t', '0', '-w', String(delaySeconds)]
  const flags = [...engine, ...delays, ...(isSingle ? [] : ['-d', lists])]
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
}
