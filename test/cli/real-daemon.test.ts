import assert from 'node:assert/strict'
import { chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import Database from 'better-sqlite3'

import { CLSYNC, runNode, workplace } from '../support/clsync-process.ts'
import { eventually } from '../support/eventually.ts'
import { otherUser, type User } from '../support/other-user.ts'

const OURSELVES: User = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

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

test('Without --db an ordinary user has the database below $XDG_STATE_HOME', async (t) => {
  const user = process.geteuid?.() === 0 ? await otherUser(t) : OURSELVES
  if (user === undefined) return
  const directory = workplace(t)
  const state = join(directory, 'state')
  mkdirSync(state)
  chownSync(state, user.uid, user.gid)

  const started = await runNode(CLSYNC, ['-b', 'tree', 'script'], {
    cwd: directory,
    env: { PATH: process.env['PATH'], HOME: directory, XDG_STATE_HOME: state },
    ...user,
  })
  assert.equal(started.code, 0, started.stderr)
  const pid = Number(started.stdout)
  t.after(() => process.kill(pid, 'SIGKILL'))

  const [, path = ''] = / database (\/.*\.db), 0 paths pending\n/.exec(started.stderr) ?? []
  assert.equal(dirname(path), join(state, 'clsync'), started.stderr)
  const { mode, uid } = statSync(path)
  assert.deepEqual([mode & 0o777, uid], [0o600, user.uid])
  const query = 'SELECT root, pid FROM daemon'
  const db = new Database(path, { readonly: true })
  t.after(() => db.close())
  assert.deepEqual(db.prepare(query).get(), { root: join(directory, 'tree'), pid })
})
