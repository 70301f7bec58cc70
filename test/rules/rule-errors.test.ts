import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ClsyncError } from '../../dist/errors.js'
import { parseRules } from '../../dist/rules/rules.js'

function errorOf(rules: string): ClsyncError {
  try {
    parseRules(rules, 'etc/rules')
  } catch (error) {
    assert.ok(error instanceof ClsyncError)
    return error
  }
  assert.fail(`accepted: ${rules}`)
}

/** Line, column of what is wrong, what the message says of it. */
const WRONG: ReadonlyArray<readonly [string, number, RegExp]> = [
  ['x', 1, /expected \+ \(accept\) or - \(reject\), found 'x'$/],
  ['  =f', 3, /expected \+/],
  [
    '-',
    2,
    /expected a type: \* \(any\), f \(file\) or d \(directory\), found the end of the line$/,
  ],
  ['-/x', 2, /expected a type/],
  ['-f', 3, /expected a regular expression/],
  ['-f x', 3, /right after the type, found a blank/],
  ['-fx ', 4, /no blank at the end/],
  ['-fx # y', 4, /no comment behind a rule/],
  ['-f(a', 5, /expected `\)`/],
  ['-fa)', 4, /no `\)` without/],
  ['-f()', 4, /a regular expression/],
  ['-fa||b', 5, /a regular expression/],
  ['-fa|', 5, /a regular expression/],
  ['-f*', 3, /something to repeat/],
  ['-fa|*', 5, /something to repeat/],
  ['-f(+a)', 4, /something to repeat/],
  ['-f^*', 4, /not an anchor/],
  ['-fa**', 5, /one repetition only/],
  ['-fa*?', 5, /one repetition only/],
  ['-fa+{2}', 5, /one repetition only/],
  ['-fa{', 4, /an interval/],
  ['-fa{x}', 4, /an interval/],
  ['-fa{,3}', 4, /an interval/],
  ['-fa{3,2}', 4, /an interval/],
  ['-fa{256}', 4, /up to 255/],
  ['-f{2}', 3, /something to repeat/],
  ['-f(?i)a', 4, /without options/],
  ['-f(?=a)', 4, /without options/],
  ['-fa\\', 4, /after the backslash/],
  ['-f\\d', 3, /POSIX extended regular expression, found '\\d'/],
  ['-f\\w', 3, /POSIX/],
  ['-f\\1', 3, /POSIX/],
  ['-f\\<a', 3, /POSIX/],
  ['-f\\b', 3, /POSIX/],
  ['-f\\ a', 3, /POSIX/],
  ['-f\\é', 3, /POSIX/],
  ['-f[a', 3, /to end the bracket expression/],
  ['-f[]', 3, /to end the bracket expression/],
  ['-f[z-a]', 4, /a range/],
  ['-f[a-c-e]', 4, /a range/],
  ['-f[a-[:digit:]]', 6, /a single character/],
  ['-f[[:digit:]-z]', 13, /begins with a class/],
  ['-f[:alpha:]', 3, /class inside a bracket/],
  ['-f[[:letter:]]', 4, /a class/],
  ['-f[[.hyphen.]]', 4, /one character/],
  ['-f[[=ab=]]', 4, /one character/],
  ['-fab\uFFFDc', 5, /UTF-8/],
  ['-f.{255}.{255}.{255}.{255}', 3, /at most 1000/],
  [`-f${'é'.repeat(600)}`, 1, /at most 1024 bytes/],
]

test('An error names file, line, column in characters, and what was expected there', () => {
  for (const [line, column, expected] of WRONG) {
    const { message, code } = errorOf(`# first\n-fé😀\n${line}`)
    assert.equal(code, 'usage')
    assert.ok(message.startsWith(`etc/rules:3:${column}: expected `), `${line} gives ${message}`)
    assert.match(message, expected)
    assert.doesNotMatch(message, /[\n\0]/)
  }
})

test('What other dialects write gets a hint how POSIX writes it', () => {
  assert.equal(errorOf('-f\\d').hint, 'write [0-9]')
  assert.equal(errorOf('-f\\w').hint, 'write [[:alnum:]_]')
  assert.match(errorOf('-fa*?').hint ?? '', /POSIX has no \*\?/)
  assert.match(errorOf('-f(?i)a').hint ?? '', /write \[aA\]/)
  assert.match(errorOf('-f\\1').hint ?? '', /linear time/)
})

test('More than 1000 rules are refused', () => {
  parseRules('-fx\n'.repeat(1000), 'rules')
  assert.match(errorOf('-fx\n'.repeat(1001)).message, /^etc\/rules:1001:1: expected at most 1000/)
})
