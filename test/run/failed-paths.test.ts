import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fromBytes } from '../../dist/model/byte-path.js'
import type { RunOutcome } from '../../dist/model/run-outcome.js'
import { event, RunFixture } from '../support/run-fixture.js'

const BATCH = ['a', 'b c', 'd/e', ''].map((path) => event(path))

function told({ succeeded, failedPaths, strangePaths }: RunOutcome): unknown {
  return { succeeded, failedPaths, strangePaths }
}

test('paths named in the file are the failed ones, whatever the exit code', async (context) => {
  for (const code of [0, 23]) {
    const names = String.raw`printf '/watched/a\nsync nolabel 256 /watched/b c\n' > "$CLSYNC_FAILED"`
    const fixture = new RunFixture(context, `${names}; exit ${code}`)
    const outcome = await fixture.perform('synclist', BATCH)
    const expected = { succeeded: code === 0, failedPaths: ['a', 'b c'], strangePaths: [] }
    assert.deepEqual(told(outcome), expected)
  }
})

test('a script that names all paths has failed, whatever the exit code', async (context) => {
  const names = String.raw`printf '%s\n' /watched/a '/watched/b c' /watched/d/e /watched`
  const fixture = new RunFixture(context, `${names} > "$CLSYNC_FAILED"`)
  const { succeeded, why } = await fixture.perform('synclist', BATCH)
  assert.deepEqual([succeeded, why], [false, 'the script named all paths as failed'])
  assert.equal((await fixture.perform('sync', [event('a')])).succeeded, false)
  assert.equal((await fixture.perform('sync', [event('z')])).succeeded, true)
})

test('names may lack the last newline, be doubled, or end in slashes', async (context) => {
  const names = String.raw`printf '\n/watched/d/e\n/watched/d/e/\n\n/watched' >> "$CLSYNC_FAILED"`
  const fixture = new RunFixture(context, names)
  const outcome = await fixture.perform('synclist', BATCH)
  assert.deepEqual(outcome.failedPaths, ['d/e', ''])
})

test('names that were not in the batch are told apart', async (context) => {
  const names = String.raw`printf '/watched/z\n/etc/passwd\n/watched/a\na\n' > "$CLSYNC_FAILED"`
  const fixture = new RunFixture(context, names)
  const expected = {
    succeeded: true,
    failedPaths: ['a'],
    strangePaths: ['/watched/z', '/etc/passwd', 'a'],
  }
  assert.deepEqual(told(await fixture.perform('synclist', BATCH)), expected)
})

test('lists that end entries with NUL are answered with NUL, or with newlines', async (context) => {
  const odd = event(fromBytes(Buffer.from([0x6e, 0x0a, 0xff])))
  for (const names of [
    String.raw`printf '/watched/n\n\377\0/watched/a\0'`,
    String.raw`printf '/watched/a\n'`,
  ]) {
    const fixture = new RunFixture(context, `${names} > "$CLSYNC_FAILED"`)
    const outcome = await fixture.perform('synclist', [...BATCH, odd], { listTerminator: '\0' })
    const expected = names.includes('377') ? [odd.path, 'a'] : ['a']
    assert.deepEqual(told(outcome), { succeeded: true, failedPaths: expected, strangePaths: [] })
  }
})

test('a path with newlines can be named by its own run', async (context) => {
  for (const names of [`echo "$4"`, `printf 'sync %s %s %s' "$2" "$3" "$4"`]) {
    const fixture = new RunFixture(context, `${names} > "$CLSYNC_FAILED"`)
    const outcome = await fixture.perform('sync', [event('two\nlines\n')])
    assert.deepEqual(outcome.failedPaths, ['two\nlines\n'])
  }
})

test('after a signal or a timeout nothing is known of single paths', async (context) => {
  const body = 'echo /watched/a > "$CLSYNC_FAILED"; kill -TERM $$; sleep 1'
  const outcome = await new RunFixture(context, body).perform('synclist', BATCH)
  assert.deepEqual(told(outcome), { succeeded: false, failedPaths: [], strangePaths: [] })
})

test('a file that was removed says nothing', async (context) => {
  const fixture = new RunFixture(context, 'rm "$CLSYNC_FAILED"')
  const expected = { succeeded: true, failedPaths: [], strangePaths: [] }
  assert.deepEqual(told(await fixture.perform('synclist', BATCH)), expected)
})

test('a file that cannot be trusted spoils a success', async (context) => {
  for (const body of [
    'rm "$CLSYNC_FAILED"; ln -s /etc/hostname "$CLSYNC_FAILED"',
    'rm "$CLSYNC_FAILED"; mkfifo "$CLSYNC_FAILED"',
    'rm "$CLSYNC_FAILED"; mkdir "$CLSYNC_FAILED"',
    'truncate -s 20000000 "$CLSYNC_FAILED"',
  ]) {
    const outcome = await new RunFixture(context, body).perform('synclist', BATCH)
    assert.deepEqual([outcome.succeeded, outcome.failedPaths], [false, []], body)
    assert.notEqual(outcome.why, 'exit code 0')
  }
})

test('an initial sync that names failed paths is repeated as a whole', async (context) => {
  const fixture = new RunFixture(context, 'echo /watched/a > "$CLSYNC_FAILED"')
  const outcome = await fixture.perform('initialsync', [])
  const expected = { succeeded: false, failedPaths: [], strangePaths: [] }
  assert.deepEqual(told(outcome), expected)
})
