import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { FLAGS } from '../../dist/cli/flags.js'
import { helpText } from '../../dist/cli/help.js'
import { syntaxText } from '../../dist/cli/syntax.js'

/** As the first release printed it. */
const SEED = `syntax: clsync [flags] <watch dir> <action script> [file with rules regexps]
possible flags:
\t--background              -b
\t--pthread                 -p
\t--collectdelay            -t
\t--commondelay             -w
\t--outlistsdir             -d
\t--bigfilethreshold        -B
\t--bigfilecollectdelay     -T
\t--verbose                 -v
\t--debug                   -D
\t--quite                   -q
\t--fanotify                -f
\t--inotify                 -i
\t--label                   -l
\t--help                    -h
`

test('The syntax begins as the first release printed it, and then names every flag', () => {
  assert.ok(syntaxText().startsWith(SEED))
  for (const { name } of FLAGS) assert.match(syntaxText(), new RegExp(`^\t--${name}\\b`, 'm'))
})

test('The README names every flag', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const missing = FLAGS.filter(({ name }) => !new RegExp(`--${name}\\b`).test(readme))
  assert.deepEqual(missing, [])
})

test('No flag and no letter is taken twice', () => {
  const names = FLAGS.flatMap(({ name, alias }) => [name, alias ?? name])
  assert.equal(new Set(names).size, FLAGS.length + FLAGS.filter(({ alias }) => alias).length)
  const letters = FLAGS.map(({ short }) => short).filter((short) => short !== undefined)
  assert.equal(new Set(letters).size, letters.length)
})

test('The help explains every flag with its letter and its value', async () => {
  const help = await helpText(100)
  assert.ok(help.startsWith(syntaxText()))
  for (const { name, short, value } of FLAGS) {
    const letter = short === undefined ? '' : `-${short}, `
    const shown = value === undefined ? '' : ` [[<]${value.replace(/[|%]/g, '\\$&')}[\\]>]`
    assert.match(help, new RegExp(`^ +${letter}--${name}(, --quiet)?${shown} `, 'm'))
  }
  assert.doesNotMatch(help, /undefined|NaN|\[object/)
})

test('The help fits the terminal', async () => {
  for (const columns of [60, 80, 100, 300]) {
    const lines = (await helpText(columns)).slice(syntaxText().length).split('\n')
    const longest = Math.max(...lines.filter((line) => line.startsWith('  ')).map((l) => l.length))
    assert.ok(longest <= Math.min(columns, 100), `${longest} of ${columns}`)
  }
})
