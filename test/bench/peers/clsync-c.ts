import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { Program } from '../support/program.ts'
import { allWatched } from './all-watched.ts'
import { versionOf } from './installed.ts'
import type { Peer } from './peer.ts'

/** https://github.com/clsync/clsync, the one in C. */
export const clsyncC: Peer = {
  name: 'clsync (C)',
  debian: 'clsync',
  notes:
    '`--mode=shell --have-recursive-sync` with list files, `-t 0 -w DELAY`, `--retries=0`, runs as the caller',
  mostDirectories: Infinity,
  version: () => versionOf('/usr/bin/clsync', ['--version']),

  async start({ tree, directories, state, script, delaySeconds }, scratch) {
    const lists = join(state, 'lists')
    mkdirSync(lists, { mode: 0o700, recursive: true })
    const args = [
      ...['-H', '/NULL/', '-M', 'shell', '-l', 'bench', '-W', tree, '-S', script, '-L', lists],
      ...[
        '-t',
        '0',
        '-w',
        String(delaySeconds),
        '-r',
        '0',
        '-u',
        '0',
        '-g',
        '0',
        '--ignore-failures',
      ],
    ]
    const program = new Program({ file: '/usr/bin/clsync', args }, scratch)
    const readyMs = await allWatched(program, directories)
    return {
      pid: program.pid,
      readyMs,
      settled: Promise.resolve(),
      died: program.died,
      stop: () => program.stop(),
    }
  },
}
