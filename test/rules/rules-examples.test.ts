import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { parseRules } from '../../dist/rules/rules.js'

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('The rules of the example reject backup files and repositories', () => {
  const rules = parseRules(read('example/rules'), 'example/rules')
  assert.equal(rules.accepts('a/file~', false), false)
  assert.equal(rules.accepts('a/directory~', true), true)
  assert.equal(rules.accepts('a/.git', true), false)
  assert.equal(rules.accepts('a/.git', false), true)
})

test('The rules of the README mean what it says', () => {
  const [, shown = ''] = /\n## Rules\n.*?```text\n(.*?)```/s.exec(read('README.md')) ?? []
  const rules = parseRules(shown, 'README.md')
  assert.equal(rules.accepts('a/file~', false), false)
  assert.equal(rules.accepts('.git', true), false)
  assert.equal(rules.accepts('Test/a.log', false), true)
  assert.equal(rules.accepts('Test/a.c', false), false)
  assert.equal(rules.accepts('a/test', false), true)
})
