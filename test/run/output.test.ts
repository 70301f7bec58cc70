import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'

import fc from 'fast-check'

import { LONGEST_LINE, OutputLines } from '../../dist/run/output-lines.js'
import { Tail } from '../../dist/run/tail.js'
import { event, RunFixture } from '../support/run-fixture.js'
import { NO_STANDBY } from '../support/waiting-shells.ts'

const ONE = [event('a')]

function linesOf(chunks: readonly Buffer[]): readonly string[] {
  const lines: string[] = []
  const output = new OutputLines((line) => lines.push(line))
  for (const chunk of chunks) output.push(chunk)
  output.end()
  return lines
}

test('stdout and stderr come line by line, the last line also without newline', async (context) => {
  const fixture = new RunFixture(context, String.raw`printf 'a\n\nb\n' ; printf 'c\033[31m' >&2`)
  const outcome = await fixture.perform('sync', ONE)
  assert.deepEqual(fixture.lines.toSorted(), ['', 'a', 'b', 'c\u001b[31m'])
  assert.equal(outcome.tail.length, 'a\n\nb\nc.[31m'.length)
})

test('lines come while the script is still running', async (context) => {
  const fixture = new RunFixture(context, 'echo first; until [ -e "$T/go" ]; do sleep 0.01; done')
  const { outcome } = fixture.start({ id: 1, kind: 'sync', attempt: 1 }, ONE)
  const ended = outcome.then(() => 'ended')
  while (fixture.lines.length === 0) {
    const winner = await Promise.race([ended, new Promise((resolve) => setImmediate(resolve))])
    assert.notEqual(winner, 'ended')
  }
  fixture.touch('go')
  await ended
  assert.deepEqual(fixture.lines, ['first'])
})

test('a grandchild that keeps stdout open does not hold a finished run', async (context) => {
  const fixture = new RunFixture(context, 'echo before; sleep 60 & echo $!')
  const before = openDescriptors()
  const from = performance.now()
  const environment = { ...process.env, ...NO_STANDBY }
  const outcome = await fixture.perform('sync', ONE, { environment })
  const took = performance.now() - from
  process.kill(Number(fixture.lines[1]))
  assert.equal(outcome.succeeded, true)
  assert.equal(fixture.lines[0], 'before')
  assert.ok(took < 30_000, `${took} ms`)
  assert.ok(openDescriptors() <= before, 'descriptors stayed open')
})

test('a script that writes 20 MB succeeds, and memory does not grow with it', async (context) => {
  const fixture = new RunFixture(
    context,
    'head -c 20000000 /dev/zero | tr "\\0" x | fold -w 999; echo end',
  )
  let bytes = 0
  fixture.onLine = (line) => (bytes += line.length)
  const outcome = await fixture.perform('sync', ONE)
  assert.equal(outcome.succeeded, true)
  assert.equal(bytes, 20_000_003)
  assert.match(outcome.tail, /x+end\n$/)
  assert.ok(outcome.tail.length <= 4096)
})

test('a line without end comes in pieces', () => {
  const endless = Buffer.from('progress 1%\r'.repeat(100_000))
  const lines = linesOf([endless, Buffer.from('\nnext\n')])
  assert.equal(lines.at(-1), 'next')
  assert.ok(lines.every((line) => line.length <= LONGEST_LINE))
  assert.equal(lines.slice(0, -1).join(''), endless.toString())
})

test('lines do not depend on how output is cut into chunks', () => {
  const text = fc.array(fc.constantFrom('a', 'é', '日', '\u{1F600}', '\n', '\r', '\t'), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(text, fc.array(fc.nat(100)), (letters, cuts) => {
      const whole = Buffer.from(letters.join(''))
      const chunks: Buffer[] = []
      let from = 0
      for (const cut of cuts) {
        chunks.push(whole.subarray(from, from + cut))
        from = Math.min(whole.length, from + cut)
      }
      chunks.push(whole.subarray(from))
      const expected = letters.join('').split('\n')
      if (expected.at(-1) === '') expected.pop()
      assert.deepEqual(linesOf(chunks), expected)
    }),
  )
})

test('the tail is the end of the output, from the start of a line', () => {
  const tail = new Tail()
  for (let at = 0; at < 10_000; at++) tail.push(Buffer.from(`line ${at}\n`))
  const text = tail.text()
  assert.match(text, /^line \d+\n/)
  assert.ok(text.endsWith('line 9998\nline 9999\n'))
  assert.ok(text.length > 4_000 && text.length <= 4_096)
})

test('a short tail is all of the output, a tail of one long line its end', () => {
  const short = new Tail()
  short.push(Buffer.from('a\nb'))
  assert.equal(short.text(), 'a\nb')
  const long = new Tail()
  long.push(Buffer.from('x'.repeat(100_000)))
  assert.equal(long.text(), 'x'.repeat(4_096))
})

function openDescriptors(): number {
  return readdirSync(process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd').length
}
