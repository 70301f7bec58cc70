import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { event, RunFixture } from '../support/run-fixture.js'

const ONE = [event('a')]

test('exit code 0 is success', async (context) => {
  const outcome = await new RunFixture(context, 'exit 0').perform('sync', ONE)
  const { succeeded, exitCode, signal, why, hint } = outcome
  assert.deepEqual(
    { succeeded, exitCode, signal, why, hint },
    { succeeded: true, exitCode: 0, signal: undefined, why: 'exit code 0', hint: undefined },
  )
})

test('other exit codes are failures, unless the user ignores them', async (context) => {
  const fixture = new RunFixture(context, 'exit 24')
  const failed = await fixture.perform('sync', ONE)
  assert.deepEqual([failed.succeeded, failed.exitCode, failed.why], [false, 24, 'exit code 24'])
  const ignored = await fixture.perform('sync', ONE, { ignoreExitCodes: [23, 24] })
  assert.deepEqual([ignored.succeeded, ignored.why], [true, 'exit code 24 (ignored)'])
})

test('an end by signal is never success, whatever exit codes are ignored', async (context) => {
  for (const signal of ['TERM', 'KILL', 'SEGV', 'HUP', 'PIPE']) {
    const fixture = new RunFixture(context, `kill -${signal} $$; sleep 1`)
    const ignoreExitCodes = Array.from({ length: 256 }, (_, code) => code)
    const outcome = await fixture.perform('sync', ONE, { ignoreExitCodes })
    assert.equal(outcome.succeeded, false)
    assert.deepEqual([outcome.exitCode, outcome.signal], [undefined, `SIG${signal}`])
    assert.equal(outcome.why, `killed by SIG${signal}`)
  }
})

test('a script that is missing, not executable or no program fails with its own words', async (context) => {
  const fixture = new RunFixture(context, 'exit 0')
  chmodSync(fixture.script, 0o644)
  const notExecutable = await fixture.perform('sync', ONE)
  assert.match(notExecutable.why, /^script .*action\.sh is not executable \(EACCES\)$/)
  assert.match(notExecutable.hint ?? '', /^chmod \+x /)

  writeFileSync(fixture.script, '#!/bin/not there\r\n')
  chmodSync(fixture.script, 0o755)
  const noInterpreter = await fixture.perform('sync', ONE)
  assert.match(noInterpreter.why, /^the interpreter of script .* does not exist \(ENOENT\)$/)
  assert.equal(noInterpreter.hint, String.raw`its first line is "#!/bin/not there\x0d"`)

  writeFileSync(fixture.script, '')
  const empty = await fixture.perform('sync', ONE)
  assert.deepEqual([empty.succeeded, empty.exitCode], [false, undefined])
  assert.match(empty.why, /^script .* is empty$/)

  rmSync(fixture.script)
  const missing = await fixture.perform('sync', ONE)
  assert.match(missing.why, /^script .* does not exist \(ENOENT\)$/)
  for (const outcome of [notExecutable, noInterpreter, missing]) {
    assert.deepEqual([outcome.succeeded, outcome.exitCode], [false, undefined])
  }
  assert.deepEqual(fixture.spawned, [])
})

test('a file that no interpreter understands is a failure', async (context) => {
  const fixture = new RunFixture(context, '')
  writeFileSync(fixture.script, Buffer.from('\x7fELF\x02\x01\x01 not a program', 'latin1'))
  const outcome = await fixture.perform('sync', ONE)
  assert.equal(outcome.succeeded, false)
  assert.ok(outcome.exitCode !== 0, outcome.why)
})

test('a script that is open for writing fails with its own words', async (context) => {
  const fixture = new RunFixture(context, 'exit 0')
  const writer = openSync(fixture.script, 'r+')
  const outcome = await fixture.perform('sync', ONE)
  closeSync(writer)
  if (outcome.succeeded) return context.skip('this kernel runs programs that are being written')
  assert.match(outcome.why, /is being written \(ETXTBSY\)$/)
})

test('arguments that are too long fail with their own words', async (context) => {
  const fixture = new RunFixture(context, 'exit 0')
  const outcome = await fixture.perform('sync', [event('x'.repeat(200_000))])
  assert.match(outcome.why, /too long .*\(E2BIG\)$/)
})

test('codes of a shell that found no command come with a hint', async (context) => {
  const fixture = new RunFixture(context, 'no-such-command-anywhere')
  const outcome = await fixture.perform('sync', ONE)
  assert.equal(outcome.why, 'exit code 127')
  assert.match(outcome.hint ?? '', /PATH/)
  assert.match(outcome.tail, /no-such-command-anywhere: command not found/)
})

test('a script that opens /dev/stderr by name is told why that fails', async (context) => {
  const fixture = new RunFixture(context, 'set -e; echo problem > /dev/stderr')
  const outcome = await fixture.perform('sync', ONE)
  assert.equal(outcome.succeeded, false)
  assert.match(outcome.hint ?? '', />&2/)
})

test('an empty batch is never a success', async (context) => {
  const fixture = new RunFixture(context, 'exit 0')
  for (const kind of ['sync', 'synclist'] as const) {
    const outcome = await fixture.perform(kind, [])
    assert.deepEqual([outcome.succeeded, outcome.why], [false, 'the batch is empty'])
  }
  assert.deepEqual(fixture.spawned, [])
})

test('a daemon without file descriptors fails runs, and does not die of it', (context) => {
  const fixture = new RunFixture(context, 'exit 0')
  const program = fileURLToPath(new URL('../support/starved-daemon.js', import.meta.url))
  const limited = 'ulimit -n 300; exec "$@"'
  const settings = JSON.stringify(fixture.settings())
  const words = ['-c', limited, 'sh', process.execPath, program, settings]
  const { stdout, status, stderr } = spawnSync('/bin/sh', words, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  const ends = stdout.trim().split('\n')
  assert.equal(ends.length, 11)
  for (const why of ends) assert.match(why, /EMFILE|^exit code 0$/)
  assert.match(ends[1] ?? '', /^too many open files to start script .* \(EMFILE\)$/)
  assert.equal(ends.at(-1), 'exit code 0')
})
