import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

import { Program } from '../support/program.ts'
import { versionOf } from './installed.ts'
import type { Peer } from './peer.ts'

/** https://facebook.github.io/watchman */
export const watchman: Peer = {
  name: 'Watchman',
  debian: 'watchman',
  notes:
    'a trigger with `stdin: NAME_PER_LINE` on a server of its own, `settle` is DELAY (1 ms for 0), ' +
    'ready when `clock` answers after the crawl',
  mostDirectories: Infinity,
  version: () => versionOf('watchman', ['--version']),

  async start({ tree, state, script, delaySeconds }, scratch) {
    const settle = Math.max(1, delaySeconds * 1_000)
    writeFileSync(join(tree, '.watchmanconfig'), JSON.stringify({ settle }))
    const socket = join(state, 'watchman.sock')
    const files = ['--logfile', '--statefile', '--pidfile'].flatMap((flag) => [
      flag,
      join(state, `watchman${flag.replaceAll('-', '.')}`),
    ])
    const args = ['--foreground', '--no-save-state', '-U', socket, ...files]
    const program = new Program({ file: 'watchman', args }, scratch)
    while (!(await answers(socket))) await delay(1)
    await ask(socket, ['watch', tree])
    await ask(socket, ['clock', tree, { sync_timeout: 600_000 }])
    const trigger = {
      name: 'bench',
      stdin: 'NAME_PER_LINE',
      append_files: false,
      command: [script],
    }
    await ask(socket, ['trigger', tree, trigger])
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

async function answers(socket: string): Promise<boolean> {
  const attempt = connect(socket)
  try {
    await once(attempt, 'connect')
    return true
  } catch {
    return false
  } finally {
    attempt.destroy()
  }
}

/** Sends one command; throws what the server complains of. */
async function ask(socket: string, command: readonly unknown[]): Promise<void> {
  const client = spawn('watchman', ['-U', socket, '--no-spawn', '-j'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  client.stdin.end(JSON.stringify(command))
  const [answer] = await Promise.all([text(client.stdout), once(client, 'exit')])
  if (answer.includes('"error"')) throw new Error(`watchman: ${answer}`)
}
