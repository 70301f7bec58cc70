import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fromText } from '../../dist/model/byte-path.js'
import { parseRules } from '../../dist/rules/rules.js'

const accepts = (rules: string, path: string, isDirectory = false): boolean =>
  parseRules(rules, 'rules').accepts(fromText(path), isDirectory)

const d = true

test('The examples of the documentation mean what they look like', () => {
  assert.equal(accepts('-d/\\.git$', 'a/.git', d), false)
  assert.equal(accepts('-d/\\.git$', '.git', d), false)
  assert.equal(accepts('-d/\\.git$', '.git'), true)
  assert.equal(accepts('-d/\\.git$', 'a/.gitignore', d), true)
  assert.equal(accepts('-d/\\.git$', 'x.git', d), true)
  assert.equal(accepts('-*^/[Tt]est', 'Testing/x'), false)
  assert.equal(accepts('-*^/[Tt]est', 'test', d), false)
  assert.equal(accepts('-*^/[Tt]est', 'a/test'), true)
})

test('The first rule that matches decides, and what none matches is accepted', () => {
  const rules = '+f/keep\\.o$\n-f\\.o$\n+f\\.o$'
  assert.equal(accepts(rules, 'keep.o'), true)
  assert.equal(accepts(rules, 'drop.o'), false)
  assert.equal(accepts(rules, 'other'), true)
  assert.equal(accepts('', 'other'), true)
})

test('Types are * for anything, f for what is no directory, d for directories, in either case', () => {
  for (const type of ['f', 'F']) {
    assert.equal(accepts(`-${type}x`, 'x'), false)
    assert.equal(accepts(`-${type}x`, 'x', d), true)
  }
  for (const type of ['d', 'D']) {
    assert.equal(accepts(`-${type}x`, 'x'), true)
    assert.equal(accepts(`-${type}x`, 'x', d), false)
  }
  assert.equal(accepts('-*x', 'x'), false)
  assert.equal(accepts('-*x', 'x', d), false)
})

test('Comments, empty lines, indents, CRLF and a byte order mark are tolerated', () => {
  const rules = '\uFEFF# comment\r\n\r\n   # indented\r\n \t-f~$\r\n'
  assert.equal(accepts(rules, 'a~'), false)
  assert.equal(accepts(rules, 'a'), true)
  assert.equal(accepts('\uFEFF-f~$', 'a~'), false)
})

test('The watch directory itself is always accepted', () => {
  assert.equal(accepts('-*.', '', d), true)
})

test('Rules judge a path alone, not the directories above it', () => {
  const rules = parseRules('+f/keep$\n-d/out$\n-f~$', 'rules')
  assert.equal(rules.accepts('out', true), false)
  assert.equal(rules.accepts('out/a', false), true)
})

test('Names that are not UTF-8 are matched as text with U+FFFD for each foreign part', () => {
  const rules = parseRules('-f^/.\\.c$\n-fé$', 'rules')
  assert.equal(rules.accepts('\xff.c', false), false)
  assert.equal(rules.accepts(`\xf0${fromText('é')}`, false), false)
  assert.equal(rules.accepts('\xc3', false), true)
})

/** Expression, paths it is found in, paths it is not found in. */
const EXPRESSIONS: ReadonlyArray<readonly [string, readonly string[], readonly string[]]> = [
  ['a.c', ['abc', 'a/c', 'aéc', 'a\nc'], ['ac']],
  ['^/a', ['a', 'ab'], ['ba', 'b/a']],
  ['a$', ['a', 'ba'], ['ab', 'a\n', 'a\nb']],
  ['a^b|a$b', [], ['ab', 'a^b', 'a$b']],
  ['^/(a|bc)$', ['a', 'bc'], ['ab', 'c', 'abc']],
  ['^/ab*$', ['a', 'abbb'], ['b']],
  ['^/ab+$', ['ab', 'abb'], ['a']],
  ['^/ab?$', ['a', 'ab'], ['abb']],
  ['^/a{2}$', ['aa'], ['a', 'aaa']],
  ['^/a{2,}$', ['aa', 'aaaa'], ['a']],
  ['^/a{2,3}$', ['aa', 'aaa'], ['a', 'aaaa']],
  ['^/(ab){0}c$', ['c'], ['abc']],
  ['^/(a*)*$', ['', 'aaa'].slice(1), ['b']],
  ['^/[abc]$', ['a', 'c'], ['d']],
  ['^/[^abc]$', ['d', '\n'], ['a']],
  ['^/[]x]$', [']', 'x'], ['[']],
  ['^/[^]x]$', ['y'], [']', 'x']],
  ['^/[x-]$', ['-', 'x'], ['y']],
  ['^/[-x]$', ['-', 'x'], ['y']],
  ['^/[+--]$', ['+', ',', '-'], ['.']],
  ['^/[\\.]$', ['\\', '.'], ['x']],
  ['^/[\\d]$', ['\\', 'd'], ['1']],
  ['^/[[:alpha:]_]$', ['a', 'Z', '_'], ['1', 'é']],
  ['^/[^[:space:]]$', ['a'], [' ', '\t']],
  ['^/[[:digit:]a-c]+$', ['1a2c'], ['d']],
  ['^/[[.-.][=a=]]$', ['-', 'a'], ['b']],
  ['^/[а-я]$', ['ж'], ['Ж']],
  ['^/.$', ['😀', 'é'], ['ab']],
  ['\\.\\*\\[\\(\\)\\{\\}\\\\\\|\\+\\?\\^\\$\\/\\-', ['.*[(){}\\|+?^$/-'], ['x']],
  ['}]', ['}]'], [']}']],
  ['a#b', ['a#b'], ['a']],
  ['a [#]', ['a #'], ['a']],
]

test('Expressions have the meaning of POSIX', () => {
  for (const [ere, inside, outside] of EXPRESSIONS) {
    for (const path of inside) assert.equal(accepts(`-f${ere}`, path), false, `${ere} in ${path}`)
    for (const path of outside) {
      assert.equal(accepts(`-f${ere}`, path), true, `${ere} not in ${path}`)
    }
  }
})
