import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

import fc from 'fast-check'

import { fromText } from '../../dist/model/byte-path.js'
import { Cursor } from '../../dist/rules/cursor.js'
import type { Ere } from '../../dist/rules/ere.js'
import { parseEre } from '../../dist/rules/parse-ere.js'
import { literalsOf } from '../../dist/rules/literals.js'
import { compileMatcher } from '../../dist/rules/matcher.js'
import { compileRe2 } from '../../dist/rules/re2.js'
import { anyEre, anyPath, printEre } from '../support/ere.ts'
import { scaleOf } from '../support/scale.ts'

const read = (text: string): Ere => parseEre(new Cursor(text, { file: 'rules', line: 1 }))

test('Every expression that is written down reads as the same expression', () => {
  fc.assert(
    fc.property(anyEre, (ere) => {
      // Repeated anchors get a group, which the tree does not keep: they are the one thing refused.
      const printed = printEre(ere)
      fc.pre(!/\([\^$]\)[*+?{]/.test(printed))
      assert.deepEqual(read(printed), ere)
    }),
    { numRuns: 2000 },
  )
})

test('Plain string searches find what the automaton finds', () => {
  let plain = 0
  fc.assert(
    fc.property(anyEre, fc.array(anyPath, { minLength: 5, maxLength: 10 }), (ere, paths) => {
      const literals = literalsOf(ere)
      fc.pre(literals !== undefined)
      plain++
      const { matches } = compileMatcher(ere)
      const re2 = compileRe2(ere)
      const near = (literals ?? []).flatMap(({ text }) => [
        text,
        `${text}a`,
        `a${text}`,
        text + text,
      ])
      for (const path of [...paths, ...near]) {
        assert.equal(matches(fromText(path), path), re2.test(path), `${printEre(ere)} in ${path}`)
      }
    }),
    { numRuns: 2000 },
  )
  assert.ok(plain >= 2000)
})

const hasGrep = spawnSync('grep', ['-E', 'a'], { input: 'a' }).status === 0

test(
  'grep -E of the system finds the same',
  { skip: hasGrep ? false : 'no grep -E on this machine' },
  () => {
    fc.assert(
      fc.property(anyEre, fc.array(anyPath, { minLength: 20, maxLength: 40 }), (ere, paths) => {
        const printed = printEre(ere)
        fc.pre(!/\([\^$]\)[*+?{]/.test(printed))
        const found = paths.filter((path) => compileRe2(read(printed)).test(path))
        assert.deepEqual(found, grep(printed, paths), printed)
      }),
      { numRuns: 150, seed: scaleOf(process.env).seed },
    )
  },
)

function grep(ere: string, lines: readonly string[]): readonly string[] {
  const input = lines.map((line) => `${line}\n`).join('')
  const env = { ...process.env, LC_ALL: 'C.UTF-8' }
  const { status, stdout, stderr } = spawnSync('grep', ['-E', '-e', ere], {
    input,
    env,
    encoding: 'utf8',
  })
  assert.ok(status === 0 || status === 1, `grep -E '${ere}': ${stderr}`)
  return stdout.split('\n').slice(0, -1)
}
