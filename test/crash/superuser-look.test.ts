import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { describe, test, type TestContext } from 'node:test'

import { eventually } from '../support/eventually.ts'
import { LISTED, LivePlace } from '../support/live-place.ts'
import { asNobody, notAsNobody } from '../support/nobody.ts'
import { withoutShell } from '../support/sqlite-shell.ts'
import { whyNoFaults } from '../support/system-call-faults.ts'

/** Much longer than the start takes until the database is open. */
const HELD_UP_US = 1_500_000

/**
 * Files of the log that the superuser's look makes belong to the superuser for a moment, until
 * SQLite gives them to the database's owner by fchown(2): the log first, its index then.
 */
const CASES = [
  { what: 'the log', suffix: '-wal', nth: 1 },
  { what: 'the index of the log', suffix: '-shm', nth: 2 },
] as const

describe('A daemon starts while the superuser looks at its queue', () => {
  for (const { what, suffix, nth } of CASES) {
    test(
      `${what} is not its own yet`,
      { skip: notAsNobody() || withoutShell || whyNoFaults },
      async (t) => {
        const place = new LivePlace(t)
        const launcher = asNobody(place.directory)
        await place.startAndForget(LISTED, { launcher })
        await place.daemon.stop()
        assert.ok(!existsSync(place.db + suffix))
        const looked = look(t, place.db, nth)
        await eventually(
          () => existsSync(place.db + suffix),
          () => 'it does not look',
        )
        const daemon = place.launch(LISTED, { launcher })
        await daemon.says('daemon:ready')
        assert.equal(await looked, '0\n')
        place.tree.write('new', 'x')
        await place.tells('new')
        assert.equal(await daemon.stop(), 0)
      },
    )
  }
})

/** Resolves with what the shell prints, which is held up before its `nth` fchown(2). */
async function look(t: TestContext, db: string, nth: number): Promise<string> {
  const slow = `inject=fchown:delay_enter=${HELD_UP_US}:when=${nth}`
  const strace = ['-qq', '-o', '/dev/null', '-e', 'trace=fchown', '-e', slow]
  const shell = spawn(
    'strace',
    [...strace, 'sqlite3', '-readonly', db, 'SELECT count(*) FROM event'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.after(() => shell.kill('SIGKILL'))
  let output = ''
  shell.stdout.on('data', (chunk: Buffer) => (output += String(chunk)))
  await once(shell, 'close')
  return output
}
