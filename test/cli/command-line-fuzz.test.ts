import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { readCommandLine } from '../../dist/cli/command-line.js'
import { FLAGS } from '../../dist/cli/flags.js'
import { ClsyncError } from '../../dist/errors.js'
import type { Setting } from '../../dist/given.js'
import { type Options, resolveOptions } from '../../dist/options.js'
import { CLSYNC, runNode, workplace } from '../support/clsync-process.ts'

const SURROUNDINGS = {
  cwd: '/here',
  platform: 'linux',
  cores: 2,
  isRoot: false,
  home: '/home/me',
  stateHome: undefined,
} as const

/** In the words of the command line. */
const SPELLED_DEFAULTS: Readonly<Partial<Record<Setting, string>>> = {
  auditinterval: '86400',
  bigfilecollectdelay: '1800',
  bigfilethreshold: '134217728',
  commondelay: '15',
  initialsync: 'auto',
  jobs: '1',
  label: 'nolabel',
  logformat: 'text',
  maxdelete: '50%',
  retrydelay: '5',
  retrydelaymax: '3600',
  synctimeout: '86400',
}

const flagNames = FLAGS.flatMap(({ name, short, alias }) => [
  `--${name}`,
  ...(short === undefined ? [] : [`-${short}`]),
  ...(alias === undefined ? [] : [`--${alias}`]),
])

const value = fc.oneof(
  fc.constantFrom('0', '5', '-5', '.5', '1e3', '1e999', 'NaN', 'Infinity', '0x1F', '12M', '1.5G'),
  fc.constantFrom('50%', '100%', 'auto', 'always', 'json', 'true', 'false', '', ' ', '-', '='),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.double().map(String),
)

const argument = fc.oneof(
  fc.constantFrom(...flagNames),
  fc.tuple(fc.constantFrom(...flagNames), value).map(([flag, text]) => `${flag}=${text}`),
  fc.tuple(fc.constantFrom(...flagNames), value).map(([flag, text]) => `${flag}${text}`),
  value,
  fc.constantFrom('tree', 'script', '--', '-', '---', '--=', '-=', '--__proto__', '-pv', '-é'),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `-${text}`),
)

const commandLine = fc.array(argument, { maxLength: 8 })

test('Every command line is understood in full or refused in words', () => {
  let accepted = 0
  fc.assert(
    fc.property(commandLine, (args) => {
      try {
        const command = readCommandLine(args)
        if (command.wants !== 'daemon') return
        assertSane(resolveOptions(command.given, SURROUNDINGS))
        accepted += 1
      } catch (error) {
        assert.ok(error instanceof ClsyncError, String(error))
        assert.equal(error.code, 'usage')
        assert.ok(error.hint, `no hint for: ${error.message}`)
      }
    }),
    { numRuns: 10_000 },
  )
  assert.ok(accepted > 100, `only ${accepted} were accepted`)
})

/** Nothing that was accepted can make a timer, a list or the database go wrong. */
function assertSane(options: Options): void {
  for (const [name, number] of Object.entries(options)) {
    if (typeof number !== 'number') continue
    assert.ok(Number.isSafeInteger(number) && number >= 0, `${name}: ${number}`)
    if (name.endsWith('Ms')) new Date(Date.now() + 1000 * number).toISOString()
  }
  assert.ok(options.jobs >= 1)
  assert.ok(options.pollMs === undefined || options.pollMs > 0)
  assert.ok(options.retryDelayMaxMs >= options.retryDelayMs)
  assert.match(options.label, /^[^\s]+$/)
  assert.notEqual(options.watchDir, '')
  assert.ok(options.maxDelete.unit === 'entries' || options.maxDelete.limit <= 100)
}

test('What is added to a good command line is understood, or refused; never passed over', () => {
  const good = ['-t', '5', 'tree', 'script']
  const before = resolve(good)
  fc.assert(
    fc.property(argument, fc.nat(2), (extra, position) => {
      const args = good.toSpliced(position === 1 ? 2 : position === 2 ? 4 : 0, 0, extra)
      const after = resolve(args)
      if (after === undefined || sameButHarmless(extra)) return
      assert.notDeepEqual(after, before, `${JSON.stringify(extra)} made no difference`)
    }),
    { numRuns: 10_000 },
  )
})

function resolve(args: readonly string[]): Options | undefined {
  try {
    const command = readCommandLine(args)
    return command.wants === 'daemon' ? resolveOptions(command.given, SURROUNDINGS) : undefined
  } catch {
    return undefined
  }
}

/** What says what is so anyway: nothing, or defaults. */
function sameButHarmless(extra: string): boolean {
  const command = readCommandLine([extra])
  if (command.wants !== 'daemon') return false
  const { operands, switches, settings } = command.given
  return (
    operands.length === 0 &&
    [...switches].every((name) => name === 'inotify') &&
    [...settings].every(([name, [text]]) => isDefault(name, text ?? ''))
  )
}

/** Those that are refused, like `0x5`, do not come here. */
function isDefault(name: Setting, text: string): boolean {
  const spelled = SPELLED_DEFAULTS[name]
  return spelled !== undefined && (text === spelled || Number(text) === Number(spelled))
}

test('The program answers every command line soon, and without a stack trace', async (t) => {
  const directory = workplace(t)
  const wrong = commandLine.filter(
    (args) => resolve(args) === undefined && !args.some((arg) => arg.includes('\0')),
  )
  const samples = fc.sample(wrong, { numRuns: 16, seed: 2 })
  for (const args of samples) {
    const { code, signal, stderr } = await runNode(CLSYNC, args, { cwd: directory })
    const shown = JSON.stringify(args)
    assert.equal(signal, null, shown)
    assert.ok(code === 0 || code === 2, `${code} for ${shown}`)
    assert.doesNotMatch(stderr, /^ +at |Error:|undefined/m, shown)
  }
})
