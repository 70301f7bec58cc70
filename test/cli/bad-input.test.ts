import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import Database from 'better-sqlite3'

import { APPLICATION_ID } from '../../dist/queue/migrations.js'
import { CLSYNC, type Finished, runNode, workplace } from '../support/clsync-process.ts'
import { otherUser, type User } from '../support/other-user.ts'

/** Everything that a daemon could have created by mistake, before and after. */
function everything(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted()
}

/** Runs clsync in the workplace; nothing may appear there, the home directory included. */
async function refuse(directory: string, args: readonly string[], user?: User): Promise<Finished> {
  const before = everything(directory)
  const finished = await runNode(CLSYNC, args, {
    cwd: directory,
    env: { PATH: process.env['PATH'], HOME: directory, XDG_STATE_HOME: directory },
    ...user,
  })
  assert.deepEqual(everything(directory), before, 'nothing is created')
  return finished
}

/** One clear line, one hint, exit code 2. */
function assertRefusal(finished: Finished, message: RegExp): void {
  const [first, second, ...more] = finished.stderr.split('\n')
  assert.match(first ?? '', /^clsync: /)
  assert.match(first ?? '', message)
  assert.match(second ?? '', /^hint: \S/)
  assert.deepEqual(more, [''], finished.stderr)
  assert.equal(finished.stdout, '')
  assert.equal(finished.code, 2)
}

interface Case {
  readonly title: string
  readonly args: readonly string[]
  readonly message: RegExp
  readonly prepare?: (directory: string) => void
}

const CASES: readonly Case[] = [
  {
    title: 'a missing watch directory',
    args: ['nope', 'script'],
    message: /cannot watch nope: it does not exist/,
  },
  {
    title: 'a watch directory that is a file',
    args: ['script', 'script'],
    message: /cannot watch script: it is not a directory/,
  },
  {
    title: 'a watch directory below a file',
    args: ['script/below', 'script'],
    message: /a part of the path is not a directory/,
  },
  {
    title: 'a watch directory in a circle of symbolic links',
    args: ['circle', 'script'],
    message: /too many levels of symbolic links/,
    prepare: (directory) => symlinkSync('circle', join(directory, 'circle')),
  },
  {
    title: 'a name that is too long',
    args: ['x'.repeat(5000), 'script'],
    message: /the name is too long/,
  },
  {
    title: 'a missing script',
    args: ['tree', 'nope'],
    message: /cannot run the action script \/.*\/nope: it does not exist/,
  },
  {
    title: 'a script that is not executable',
    args: ['tree', 'plain'],
    message: /plain: permission denied/,
    prepare: (directory) => writeFileSync(join(directory, 'plain'), '#!/bin/sh\n'),
  },
  { title: 'a directory as script', args: ['tree', 'tree'], message: /it is a directory/ },
  { title: 'a device as script', args: ['tree', '/dev/null'], message: /not a regular file/ },
  {
    title: 'a missing rules file',
    args: ['tree', 'script', 'nope'],
    message: /cannot read the rules file nope: it does not exist/,
  },
  {
    title: 'a directory as rules file',
    args: ['tree', 'script', 'tree'],
    message: /rules file tree: it is a directory/,
  },
  {
    title: 'a mistake in the rules file',
    args: ['tree', 'script', 'rules'],
    message: /rules:2:6: expected/,
    prepare: (directory) => writeFileSync(join(directory, 'rules'), '# all\n-f/(x\n'),
  },
  { title: 'an unknown flag', args: ['--nope', 'tree', 'script'], message: /unknown flag --nope/ },
  { title: 'a missing script argument', args: ['tree'], message: /the action script is missing/ },
  { title: 'flags alone', args: ['-v'], message: /the watch directory is missing/ },
  {
    title: 'an argument too many',
    args: ['tree', 'script', 'rules', 'x'],
    message: /'x' is one argument too many/,
  },
  {
    title: 'a number that is none',
    args: ['-t', 'abc', 'tree', 'script'],
    message: /--collectdelay 'abc' is not a number/,
  },
  {
    title: 'a negative number',
    args: ['-w', '-5', 'tree', 'script'],
    message: /--commondelay -5 is negative/,
  },
  {
    title: 'a number that is too large',
    args: ['-T', '1e999', 'tree', 'script'],
    message: /1e999 is too large/,
  },
  {
    title: 'a size with a fraction',
    args: ['-B', '1.5G', 'tree', 'script'],
    message: /'1.5G' is not/,
  },
  {
    title: 'a size in an unknown unit',
    args: ['-B', '10X', 'tree', 'script'],
    message: /'10X' is not/,
  },
  {
    title: 'a number given twice',
    args: ['-t', '1', '-t', '2', 'tree', 'script'],
    message: /--collectdelay is given twice/,
  },
  {
    title: 'a missing list directory',
    args: ['-d', 'nope', 'tree', 'script'],
    message: /cannot write lists to \/.*\/nope: it does not exist/,
  },
  {
    title: 'a list directory that is a file',
    args: ['-d', 'script', 'tree', 'script'],
    message: /it is not a directory/,
  },
  {
    title: 'a list directory that everybody may write to',
    args: ['-d', 'open', 'tree', 'script'],
    message: /others may write there too/,
    prepare: (directory) => {
      mkdirSync(join(directory, 'open'))
      chmodSync(join(directory, 'open'), 0o1777)
    },
  },
  {
    title: 'a list directory that is a symbolic link',
    args: ['-d', 'link/', 'tree', 'script'],
    message: /it is a symbolic link/,
    prepare: (directory) => symlinkSync('.', join(directory, 'link')),
  },
  {
    title: 'the watch directory as list directory',
    args: ['-d', './tree', 'tree', 'script'],
    message: /it is or holds the watch directory/,
  },
  {
    title: 'a list directory around the watch directory',
    args: ['-d', '.', 'tree/', 'script'],
    message: /it is or holds the watch directory/,
  },
  { title: 'an empty label', args: ['--label=', 'tree', 'script'], message: /--label is empty/ },
  { title: 'a label with a space', args: ['-l', 'a b', 'tree', 'script'], message: /'a b'/ },
  { title: 'a label with a newline', args: ['-l', 'a\nb', 'tree', 'script'], message: /a\\x0ab/ },
  { title: 'two engines', args: ['-f', '-i', 'tree', 'script'], message: /exclude each other/ },
  {
    title: 'a database in a missing directory',
    args: ['--db', 'nope/x.db', 'tree', 'script'],
    message: /cannot use \/.*x.db as database: its directory does not exist/,
  },
  {
    title: 'a directory as database',
    args: ['--db', 'tree', 'tree', 'script'],
    message: /it is a directory/,
  },
  {
    title: 'a database where no file can be',
    args: ['--db', '/proc/x.db', 'tree', 'script'],
    message: /cannot (?:create|use) (?:the database )?\/proc\/x\.db/,
  },
  {
    title: 'a database that is none of ours',
    args: ['--db', 'foreign', 'tree', 'script'],
    message: /foreign is not a clsync database/,
    prepare: (directory) => writeFileSync(join(directory, 'foreign'), 'something else'),
  },
  {
    title: 'a database with a second name',
    args: ['--db', 'one.db', 'tree', 'script'],
    message: /\/one\.db has 2 names \(hard links\)/,
    prepare: (directory) => {
      writeFileSync(join(directory, 'one.db'), '')
      linkSync(join(directory, 'one.db'), join(directory, 'other.db'))
    },
  },
  {
    title: 'a database of a newer schema',
    args: ['--db', 'newer', 'tree', 'script'],
    message: /\/newer was written by a newer clsync \(schema 999, this one knows \d+\)/,
    prepare: (directory) => writeNewerDatabase(join(directory, 'newer')),
  },
  {
    title: 'steering characters in an argument',
    args: ['\u001b[2Jno\u202epe\r\n', 'script'],
    message: /cannot watch \\x1b\[2Jno\\u202epe\\x0d\\x0a: it does not exist/,
  },
]

for (const { title, args, message, prepare } of CASES) {
  test(`It refuses ${title}`, async (t) => {
    const directory = workplace(t)
    prepare?.(directory)
    assertRefusal(await refuse(directory, args), message)
  })
}

test('In the background it refuses in the same way', async (t) => {
  assertRefusal(await refuse(workplace(t), ['-b', 'nope', 'script']), /cannot watch nope/)
})

test('It refuses what its user may not use', async (t) => {
  const nobody = await otherUser(t)
  if (nobody === undefined) return
  const directory = workplace(t)
  for (const name of ['secret', 'foreign']) mkdirSync(join(directory, name))
  chmodSync(join(directory, 'secret'), 0o700)
  chmodSync(join(directory, 'foreign'), 0o755)
  writeFileSync(join(directory, 'rules'), '', { mode: 0o600 })
  const refused = async (args: readonly string[], message: RegExp): Promise<void> =>
    assertRefusal(await refuse(directory, args, nobody), message)
  await refused(['secret', 'script'], /cannot watch secret: permission denied/)
  await refused(['secret/below', 'script'], /permission denied/)
  await refused(['tree', 'script', 'rules'], /rules file rules: permission denied/)
  await refused(['-d', 'foreign', 'tree', 'script'], /cannot write lists to .*permission denied/)
  await refused(['--db', 'foreign/x.db', 'tree', 'script'], /x.db as database: permission denied/)
})

test('It refuses a list directory that the group of another user may write to', async (t) => {
  const nobody = await otherUser(t)
  if (nobody === undefined) return
  const directory = workplace(t)
  mkdirSync(join(directory, 'shared'))
  chmodSync(join(directory, 'shared'), 0o775)
  const finished = await refuse(directory, ['-d', 'shared', 'tree', 'script'], nobody)
  assertRefusal(finished, /others may write there too/)
})

test('It refuses a list directory that belongs to another user', async (t) => {
  const nobody = await otherUser(t)
  if (nobody === undefined) return
  const directory = workplace(t)
  mkdirSync(join(directory, 'theirs'), { mode: 0o755 })
  chownSync(join(directory, 'theirs'), nobody.uid, nobody.gid)
  const finished = await refuse(directory, ['-d', 'theirs', 'tree', 'script'])
  assertRefusal(finished, /it belongs to another user \(65534\)/)
})

/** As a clsync of the future leaves it. */
function writeNewerDatabase(path: string): void {
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  db.pragma(`application_id = ${APPLICATION_ID}`)
  db.pragma('user_version = 999')
  db.close()
}
