import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { test } from 'node:test'

import fc from 'fast-check'

import type { ByteTree } from '../support/byte-tree.ts'
import { Example } from '../support/example-process.ts'
import { ODD_NAMES } from '../support/odd-names.ts'
import { anyOperation, operate } from '../support/tree-operations.ts'

test('The example mirrors what is done in its source, with coreutils alone', async (t) => {
  process.env['CLSYNC_EXAMPLE_COPY'] = 'coreutils'
  t.after(() => delete process.env['CLSYNC_EXAMPLE_COPY'])
  const example = new Example(t)
  const { from, to } = example
  from.write('there/before', 'the start')
  to.write('left/over', 'x')
  await example.start()
  await example.equal()

  build(from)
  await example.equal()

  change(from)
  await example.equal()
  assert.equal(await example.end('SIGTERM'), 0)
})

/** With rsync, where that is installed. */
test('The example misses nothing when it is killed in the middle', async (t) => {
  const example = new Example(t)
  const { from } = example
  build(from)
  await example.start()
  await example.initiallySynced()
  change(from)
  await example.end('SIGKILL')
  from.write('made while nobody watched', 'x')
  await example.start()
  await example.equal()

  for (let round = 1; round <= 3; round++) {
    operateAtRandom(from, 2 * round)
    await example.end('SIGKILL')
    operateAtRandom(from, 2 * round + 1)
    await example.start()
    operateAtRandom(from, 2 * round + 2)
  }
  await example.equal()
  assert.equal(example.initialSyncs(), 1)
})

function build(from: ByteTree): void {
  for (const name of ODD_NAMES) {
    from.write(`files/${name}`, name)
    from.write(`directories/${name}/file`, name)
  }
  from.write('deep/a/b/c/d/file', 'x')
  from.write('wide/rename me', 'x')
  from.write('wide/remove me', 'x')
  from.write('wide/append', 'one\n')
  from.makeDirectory('empty')
  from.link('dangling', 'nowhere')
  from.link('to a directory', 'deep')
}

function change(from: ByteTree): void {
  from.rename('wide/rename me', 'deep/a/renamed')
  from.remove('wide/remove me')
  appendFileSync(from.at('wide/append'), 'two\n')
  from.write('deep/a/b/c/d/file', 'changed')
  from.rename('deep/a', 'moved')
  from.remove('directories')
  from.remove('empty')
  from.write('empty', 'a file now')
  from.remove('dangling')
  from.write('dangling/is/a/directory', 'now')
  from.chmod('wide', 0o700)
}

function operateAtRandom(from: ByteTree, seed: number): void {
  for (const operation of fc.sample(anyOperation, { seed, numRuns: 40 })) operate(from, operation)
}
