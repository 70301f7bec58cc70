import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { CLSYNC, runNode, workplace } from '../support/clsync-process.ts'
import { eventually } from '../support/eventually.ts'

test('The program goes to the background, works there, keeps others out and stops', async (t) => {
  const directory = workplace(t)
  const told = join(directory, 'told')
  writeFileSync(join(directory, 'script'), `#!/bin/sh\nprintf '%s\\n' "$*" >> '${told}'\n`)
  const args = ['--db', 'queue.db', '-t', '0', '-w', '0', 'tree', 'script']

  const started = await runNode(CLSYNC, ['-b', ...args], { cwd: directory })
  assert.equal(started.code, 0, started.stderr)
  const pid = Number(started.stdout)
  const isAlive = (): boolean => existsSync(`/proc/${pid}/fd/0`)
  t.after(() => isAlive() && process.kill(pid, 'SIGKILL'))
  assert.match(started.stderr, /info {2}ready: \w+, 1 directory watched, [\d.]+ m?s\n/)

  writeFileSync(join(directory, 'tree/file'), 'new')
  const hasTold = (): boolean =>
    existsSync(told) && readFileSync(told, 'utf8').includes('tree/file')
  await eventually(hasTold, () => 'the script was not told')

  for (const flags of [[], ['-b']]) {
    const second = await runNode(CLSYNC, [...flags, ...args], { cwd: directory })
    assert.equal(second.code, 2)
    assert.match(second.stderr, new RegExp(`^clsync: .*queue\\.db .*\\b${pid}\\b.*\nhint: .+\n$`))
  }

  process.kill(pid, 'SIGTERM')
  await eventually(
    () => !isAlive(),
    () => `${pid} goes on`,
  )
})
