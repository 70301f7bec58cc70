import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { Program } from '../support/program.ts'
import type { Peer } from './peer.ts'

const LOOP = fileURLToPath(new URL('../fixture/chokidar-loop.js', import.meta.url))

/** What one writes who has Node and no tool. */
export const chokidarLoop: Peer = {
  name: 'chokidar loop',
  debian: undefined,
  notes:
    'thirty lines of JavaScript: chokidar collects paths, DELAY after the first one the script gets ' +
    'all of them; not tried with more than 20,000 directories (it takes about 90 kB for each)',
  mostDirectories: 20_000,
  version: () => installedVersion(),

  async start({ tree, script, delaySeconds }, scratch) {
    const args = [LOOP, tree, script, String(delaySeconds * 1_000)]
    const program = new Program({ file: process.execPath, args }, scratch)
    await program.line((line) => line === 'ready')
    const readyMs = performance.now() - program.startedAt
    return {
      pid: program.pid,
      readyMs,
      settled: Promise.resolve(),
      died: program.died,
      stop: () => program.stop(),
    }
  },
}

function installedVersion(): string | undefined {
  const manifest = new URL('package.json', import.meta.resolve('chokidar'))
  return /"version": "(.*)"/.exec(readFileSync(manifest, 'utf8'))?.[1]
}
