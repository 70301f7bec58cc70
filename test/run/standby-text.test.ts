import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import fc from 'fast-check'

import { becoming } from '../../dist/run/standby.js'
import { scaleOf } from '../support/scale.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** What may be `/bin/sh` somewhere. */
const SHELLS: readonly (readonly [string, ...string[]])[] = [
  ['/bin/sh'],
  ['dash'],
  ['bash', '--posix'],
  ['ksh'],
  ['busybox', 'sh'],
]

/** Words full of what shells make something of. */
const words = fc.array(
  fc
    .string({
      unit: fc.oneof(
        fc.constantFrom(...`'"\\$\`(){}[]<>|&;*?~!#%=- \t\n\r`),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
        fc.integer({ min: 1, max: 0x2_ff }).map((code) => String.fromCodePoint(code)),
      ),
      maxLength: 12,
    })
    .map((text) => text.replaceAll('\0', '')),
  { minLength: 1, maxLength: 4 },
)

describe('what a waiting shell is told', () => {
  for (const [file, ...args] of SHELLS) {
    const why = isThere(file, args) ? false : `there is no ${file}`
    const title = `${[file, ...args].join(' ')} hands over every word and variable as it is`
    test(title, { skip: why }, () => {
      fc.assert(
        fc.property(words, ([value = '', ...rest]) => {
          const show = 'printf "%s\\0" "$@" "$GIVEN"'
          const command = { file: '/bin/sh', args: ['-c', show, 'sh', ...rest] }
          const input = becoming(command, { GIVEN: value })
          const { stdout } = spawnSync(file, [...args, '-s'], { input })
          assert.deepEqual(stdout.toString().split('\0').slice(0, -1), [...rest, value])
        }),
        { numRuns: 200, seed: scaleOf(process.env).seed },
      )
    })
  }

  test('nothing is done of a text that was cut off, wherever that is', (t) => {
    const made = join(temporaryDirectory(t), 'made')
    const command = { file: '/usr/bin/touch', args: [made, 'and more'] }
    const text = becoming(command, { CLSYNC_RUN_ID: '1', CLSYNC_FAILED: "/x/'y" }) ?? ''
    const whole = text.trimEnd().length
    for (let length = 0; length < whole; length++) {
      spawnSync('/bin/sh', ['-s'], { input: text.slice(0, length) })
      assert.ok(!existsSync(made), `done of ${text.slice(0, length)}`)
    }
    spawnSync('/bin/sh', ['-s'], { input: text, cwd: temporaryDirectory(t) })
    assert.ok(existsSync(made))
  })
})

function isThere(file: string, args: readonly string[]): boolean {
  return spawnSync(file, [...args, '-c', 'exit 7']).status === 7
}
