import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { streamOutput } from '../../dist/cli/stream-output.js'
import { eventually } from '../support/eventually.ts'

interface Reader {
  readonly stream: Writable
  readonly read: string[]
  /** Takes what waits and everything after it. */
  awaken(): void
}

/** A stream whose reader sleeps. */
function sleepingReader(): Reader {
  const read: string[] = []
  let isAwake = false
  let waiting: (() => void) | undefined
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, callback) {
      read.push(chunk)
      if (isAwake) callback()
      else waiting = callback
    },
  })
  return {
    stream,
    read,
    awaken() {
      isAwake = true
      waiting?.()
    },
  }
}

test('A reader that is slow costs lines, not memory, and is told how many', async () => {
  const { stream, read, awaken } = sleepingReader()
  const output = streamOutput(stream, (lines) => `${lines} lost`)
  const line = 'x'.repeat(1023)
  for (let i = 0; i < 5000; i++) output.write(line)
  assert.ok(stream.writableLength < 1.1 * 2 ** 20, `${stream.writableLength} bytes wait`)
  awaken()
  await eventually(
    () => stream.writableLength === 0,
    () => `${stream.writableLength} bytes wait`,
  )
  output.write('awake')
  await output.close()
  assert.equal(read.at(-1), 'awake\n')
  const lost = Number(/^(\d+) lost\n$/.exec(read.at(-2) ?? '')?.[1])
  assert.equal(read.length - 2 + lost, 5000)
})

test('A reader that never wakes does not hold the end for long', async () => {
  const { stream } = sleepingReader()
  const output = streamOutput(stream, () => '')
  output.write('nobody reads this')
  // The timer of close() holds nothing, so the test has to.
  const hold = setTimeout(() => undefined, 10_000)
  await output.close()
  clearTimeout(hold)
})

test('A reader that went away is not written to any more', async () => {
  let writes = 0
  const stream = new Writable({
    write(_chunk, _encoding, callback) {
      writes += 1
      callback(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    },
  })
  const output = streamOutput(stream, () => '')
  output.write('one')
  await eventually(
    () => stream.errored !== null,
    () => 'no error yet',
  )
  for (let i = 0; i < 10; i++) output.write('more')
  await output.close()
  assert.equal(writes, 1)
})

/** Writes 1000 lines to standard error and says at the end that it lived. */
const WRITER = `
  const { standardError } = await import(${JSON.stringify(module('standard-error'))})
  const output = standardError('text')
  let lines = 0
  const timer = setInterval(() => {
    for (let i = 0; i < 100; i++) output.write('line ' + lines++)
    if (lines < 1000) return
    clearInterval(timer)
    console.log('lived')
  }, 1)
`

function module(name: string): string {
  return fileURLToPath(new URL(`../../dist/cli/${name}.js`, import.meta.url))
}

test('A closed standard error does not end the process', async () => {
  const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  writer.stderr.destroy()
  let stdout = ''
  writer.stdout.on('data', (chunk) => (stdout += String(chunk)))
  const [code] = (await once(writer, 'close')) as [number]
  assert.deepEqual({ code, stdout }, { code: 0, stdout: 'lived\n' })
})

test('A full disk under standard error does not end the process', async () => {
  const script = '"$0" --input-type=module -e "$1" 2> /dev/full'
  const writer = spawn('/bin/sh', ['-c', script, process.execPath, WRITER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let stdout = ''
  writer.stdout.on('data', (chunk) => (stdout += String(chunk)))
  const [code] = (await once(writer, 'close')) as [number]
  assert.deepEqual({ code, stdout }, { code: 0, stdout: 'lived\n' })
})
