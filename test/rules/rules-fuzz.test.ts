import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { ClsyncError } from '../../dist/errors.js'
import { parseRules } from '../../dist/rules/rules.js'

const line = fc.string({
  unit: fc.constantFrom(...Array.from('+-*fdFD/\\.^$[](){}|,:=a1ж #\t\r')),
  maxLength: 30,
})
const rulesText = fc.oneof(
  fc.array(line, { maxLength: 5 }).map((lines) => lines.join('\n')),
  fc.array(line, { maxLength: 5 }).map((lines) => lines.map((text) => `-*${text}`).join('\n')),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
)
const bytePath = fc
  .uint8Array({ min: 1, maxLength: 60 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'))

test('Any text is either rules or one clear error, and any path gets a verdict', () => {
  let accepted = 0
  fc.assert(
    fc.property(rulesText, bytePath, fc.boolean(), (text, path, isDirectory) => {
      try {
        const rules = parseRules(text, 'rules')
        assert.equal(typeof rules.accepts(path, isDirectory), 'boolean')
        accepted++
      } catch (error) {
        assert.ok(error instanceof ClsyncError, String(error))
        assert.match(error.message, /^rules:\d+:\d+: expected [^\n]+, found [^\n]+$/)
      }
    }),
    { numRuns: 5000 },
  )
  assert.ok(accepted > 100, `${accepted} accepted`)
})

test('Expressions that hang backtracking engines take linear time', () => {
  const evil = [
    '(a+)+$',
    '^/(a*)*b',
    '(a|aa)+$',
    '(.*)*=(.*)*x$',
    '^/((a?){30}a{30})$',
    '(a{1,9}){1,100}b',
  ]
  const path = 'a'.repeat(4094)
  for (const ere of evil) {
    const rules = parseRules(`-f${ere}`, 'rules')
    const before = process.cpuUsage()
    rules.accepts(`${path}!`, false)
    const tookMs = process.cpuUsage(before).user / 1_000
    assert.ok(tookMs < 2000, `${ere} took ${tookMs} ms`)
  }
})

test('A million verdicts of five rules cost a few seconds at most', () => {
  const rules = parseRules(
    '-d/\\.git$\n-f~$\n-*^/[Tt]est\n-f\\.(o|tmp|swp)$\n-f/core\\.[0-9]+$',
    'r',
  )
  const before = process.cpuUsage()
  let accepted = 0
  for (let index = 0; index < 100_000; index++) {
    if (rules.accepts(`home/user/project-${index % 97}/src/file-number-${index}.ts`, false))
      accepted++
  }
  const perMillionMs = process.cpuUsage(before).user / 100
  assert.equal(accepted, 100_000)
  assert.ok(perMillionMs < 10_000, `${perMillionMs} ms for a million`)
})
