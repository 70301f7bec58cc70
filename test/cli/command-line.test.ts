import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readCommandLine } from '../../dist/cli/command-line.js'
import { type Flag, FLAGS } from '../../dist/cli/flags.js'
import { ClsyncError } from '../../dist/errors.js'

interface Read {
  readonly operands: readonly string[]
  readonly switches: readonly string[]
  readonly settings: Readonly<Record<string, readonly string[]>>
}

function read(...args: string[]): Read {
  const command = readCommandLine(args)
  assert.ok(command.wants === 'daemon')
  const { operands, switches, settings } = command.given
  return { operands, switches: [...switches], settings: Object.fromEntries(settings) }
}

function refusal(...args: string[]): string {
  try {
    readCommandLine(args)
  } catch (error) {
    assert.ok(error instanceof ClsyncError)
    assert.equal(error.code, 'usage')
    return `${error.message}; ${error.hint}`
  }
  return assert.fail(`accepted: ${args.join(' ')}`)
}

const spellings = (flag: Flag): string[] => [
  `--${flag.name}`,
  ...(flag.short === undefined ? [] : [`-${flag.short}`]),
  ...(flag.alias === undefined ? [] : [`--${flag.alias}`]),
]

const DAEMON_FLAGS = FLAGS.filter(({ name }) => name !== 'help' && name !== 'version')

test('Every flag of the table is understood in each of its spellings, before and after the operands', () => {
  for (const flag of DAEMON_FLAGS) {
    for (const spelling of spellings(flag)) {
      const args = flag.value === undefined ? [spelling] : [spelling, '5']
      const expected: Read = {
        operands: ['dir', 'script'],
        switches: flag.value === undefined ? [flag.name] : [],
        settings: flag.value === undefined ? {} : { [flag.name]: ['5'] },
      }
      assert.deepEqual(read(...args, 'dir', 'script'), expected, spelling)
      assert.deepEqual(read('dir', ...args, 'script'), expected, spelling)
      assert.deepEqual(read('dir', 'script', ...args), expected, spelling)
    }
  }
})

test('Values may be attached: --flag=value and -fvalue', () => {
  for (const flag of DAEMON_FLAGS.filter(({ value }) => value !== undefined)) {
    assert.deepEqual(read(`--${flag.name}=a=b`).settings, { [flag.name]: ['a=b'] })
    if (flag.short !== undefined) {
      assert.deepEqual(read(`-${flag.short}val`).settings, { [flag.name]: ['val'] })
    }
  }
})

test('Short flags can be grouped, the last one with its value', () => {
  const expected: Read = {
    operands: [],
    switches: ['pthread', 'verbose'],
    settings: { collectdelay: ['5'] },
  }
  assert.deepEqual(read('-pvt', '5'), expected)
  assert.deepEqual(read('-pvt5'), expected)
  assert.deepEqual(read('-0v').switches, ['null', 'verbose'])
})

test('--poll takes a number that follows it, and leaves the watch directory alone', () => {
  assert.deepEqual(read('--poll', '5', 'dir'), {
    operands: ['dir'],
    switches: [],
    settings: { poll: ['5'] },
  })
  assert.deepEqual(read('--poll', 'dir', 'script').operands, ['dir', 'script'])
  assert.deepEqual(read('--poll', 'dir').settings, { poll: [] })
  assert.deepEqual(read('--poll=2.5', '7').settings, { poll: ['2.5'] })
  assert.deepEqual(read('--poll', '-1').settings, { poll: ['-1'] })
  assert.deepEqual(read('--poll', '--', '5').operands, ['5'])
  assert.deepEqual(read('--label=--poll', '5').operands, ['5'])
})

test('After -- nothing is a flag', () => {
  assert.deepEqual(read('-v', '--', '-dir', '--script').operands, ['-dir', '--script'])
  assert.deepEqual(read('-', 'script').operands, ['-', 'script'])
})

test('-x may be given more than once, switches too, other values not', () => {
  assert.deepEqual(read('-x', '23', '-x24').settings, { ignoreexitcode: ['23', '24'] })
  assert.deepEqual(read('-v', '-v', '--verbose').switches, ['verbose'])
  assert.match(refusal('-t', '5', '--collectdelay', '6'), /--collectdelay is given twice/)
  assert.match(refusal('--poll', '--poll'), /--poll is given twice/)
})

test('What asks for no daemon is seen at once', () => {
  assert.deepEqual(readCommandLine([]), { wants: 'syntax' })
  assert.deepEqual(readCommandLine(['-h']), { wants: 'help' })
  assert.deepEqual(readCommandLine(['dir', '--help', '--version']), { wants: 'help' })
  assert.deepEqual(readCommandLine(['--version']), { wants: 'version' })
})

test('Unknown flags are refused, with what may have been meant', () => {
  assert.match(refusal('--nope'), /unknown flag --nope; clsync --help/)
  assert.match(refusal('-z'), /unknown flag -z/)
  assert.match(refusal('-pz'), /unknown flag -z/)
  assert.match(refusal('--lable', 'x'), /did you mean --label\?/)
  assert.match(refusal('--verb'), /did you mean --verbose\?/)
  assert.match(refusal('--no-verbose'), /unknown flag --no-verbose/)
  assert.match(refusal('-5', 'dir'), /unknown flag -5/)
  assert.match(refusal('-pv-', '-t', '5'), /unknown flag - in -pv-/)
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.match(refusal(`--${name}=1`), /unknown flag/)
    assert.match(refusal(`--${name}`), /unknown flag/)
  }
})

test('A value that is missing, or none, is not guessed', () => {
  assert.match(refusal('-t'), /-t needs a value: <seconds>/)
  assert.match(refusal('--label', '-v'), /--label needs a value, but -v follows; .*--label=-v/)
  assert.match(refusal('--verbose=yes'), /--verbose takes no value, not 'yes'/)
  assert.match(refusal('--verbose='), /--verbose takes no value/)
  assert.match(refusal('-v=1'), /does not get its value by =/)
  assert.match(refusal('-l=web'), /-l does not get its value by =; write -l web/)
  assert.deepEqual(read('-t', '-5').settings, { collectdelay: ['-5'] })
  assert.deepEqual(read('-t', '-.5').settings, { collectdelay: ['-.5'] })
  assert.deepEqual(read('--label=').settings, { label: [''] })
})
