import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Program } from '../support/program.ts'
import { allWatched } from './all-watched.ts'
import { versionOf } from './installed.ts'
import type { Peer, Scene } from './peer.ts'

/** https://github.com/lsyncd/lsyncd */
export const lsyncd: Peer = {
  name: 'lsyncd',
  debian: 'lsyncd',
  notes:
    'own action of Layer 2 (`inlet.getEvents`, all paths to the script at once, as its rsync does), ' +
    '`delay = DELAY`, `maxProcesses = 1`; `maxDelays` stays 1,000, more cost it more CPU',
  mostDirectories: Infinity,
  version: () => versionOf('lsyncd', ['--version']),

  async start(scene, scratch) {
    const config = join(scene.state, 'lsyncd.lua')
    writeFileSync(config, configOf(scene))
    const program = new Program({ file: 'lsyncd', args: ['-nodaemon', config] }, scratch)
    const settled = program
      .line((line) => /Startup of .* finished/.test(line))
      .then(() => undefined)
    settled.catch(() => undefined)
    const readyMs = await allWatched(program, scene.directories)
    return { pid: program.pid, readyMs, settled, died: program.died, stop: () => program.stop() }
  },
}

function configOf({ tree, script, delaySeconds }: Scene): string {
  return `
settings { nodaemon = true, insist = true }
sync {
  source = "${tree}", delay = ${delaySeconds}, maxProcesses = 1,
  init = function(event) spawn(event, "${script}", "initialsync", "bench", "${tree}") end,
  action = function(inlet)
    local events = inlet.getEvents()
    spawn(events, "${script}", "<", table.concat(events.getPaths(), "\\n") .. "\\n")
  end,
}
`
}
