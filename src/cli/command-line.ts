import { parseArgs } from 'node:util'

import { ClsyncError } from '../errors.ts'
import type { Given, Setting, Switch } from '../given.ts'
import { type Flag, FLAGS, type SettingFlag, type SwitchFlag } from './flags.ts'
import { nearest } from './nearest.ts'

/** What the command line asks for. */
export type Command =
  | { readonly wants: 'syntax' }
  | { readonly wants: 'help' }
  | { readonly wants: 'version' }
  | { readonly wants: 'daemon'; readonly given: Given }

/**
 * Reads the command line as getopt_long(3) would: flags and operands in any order, short flags in
 * groups (`-pv`) and with their value attached (`-t5`), `--` ends the flags. Split by `parseArgs`,
 * which guesses nothing, where yargs takes `--verbose=perhaps` or `-v false` in silence and costs
 * each start of the daemon as much time again as Node itself; yargs lays out the help.
 *
 * @param args - without the names of Node and of the program
 * @throws ClsyncError `usage`
 */
export function readCommandLine(args: readonly string[]): Command {
  if (args.length === 0) return { wants: 'syntax' }
  const joined = joinOptionalValues(args)
  const { tokens } = parseArgs({ args: joined, options: SHAPES, strict: false, tokens: true })
  const read: Read = { operands: [], asked: new Set(), switches: new Set(), settings: new Map() }
  for (const token of tokens) {
    if (token.kind === 'option') takeFlag(token, read)
    if (token.kind === 'positional') read.operands.push(token.value)
    if (token.kind === 'option-terminator') checkTerminator(joined[token.index])
  }
  if (read.asked.has('help')) return { wants: 'help' }
  if (read.asked.has('version')) return { wants: 'version' }
  return { wants: 'daemon', given: read }
}

interface Read extends Given {
  readonly operands: string[]
  readonly asked: Set<'help' | 'version'>
  readonly switches: Set<Switch>
  readonly settings: Map<Setting, readonly string[]>
}

/** A flag as found; `value` is undefined where none was. */
interface Found {
  readonly name: string
  /** As written: `-t` or `--collectdelay`. */
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

interface Shape {
  readonly type: 'string' | 'boolean'
  readonly short?: string
}

const BY_NAME: ReadonlyMap<string, Flag> = new Map(
  FLAGS.flatMap((flag) => [flag.name, flag.alias ?? flag.name].map((name) => [name, flag])),
)

/** A flag whose value is optional gets it by `=` alone: see {@link joinOptionalValues}. */
const SHAPES: Record<string, Shape> = Object.fromEntries(
  [...BY_NAME].map(([name, flag]) => {
    const type = flag.value === undefined || flag.times === 'optional' ? 'boolean' : 'string'
    const withShort = flag.short !== undefined && name === flag.name
    return [name, withShort ? { type, short: flag.short } : { type }]
  }),
)

const LOOKS_LIKE_A_NUMBER = /^[-+]?\.?\d[\d.]*(?:e[-+]?\d+)?$/i

/** Writes `--poll 5` as `--poll=5`; in `--poll dir script` the watch directory is no value. */
function joinOptionalValues(args: readonly string[]): string[] {
  const joined: string[] = []
  let after: Flag | undefined
  for (const [index, arg] of args.entries()) {
    if (arg === '--') return [...joined, ...args.slice(index)]
    if (after !== undefined && LOOKS_LIKE_A_NUMBER.test(arg)) joined.push(`${joined.pop()}=${arg}`)
    else joined.push(arg)
    const flag = BY_NAME.get(arg.replace(/^--/, ''))
    const isOptional = flag?.value !== undefined && flag.times === 'optional'
    after = isOptional && arg.startsWith('--') ? flag : undefined
  }
  return joined
}

/** `parseArgs` reads `-v-` as `-v --`. */
function checkTerminator(arg: string | undefined): void {
  if (arg === '--') return
  throw new ClsyncError('usage', `unknown flag - in ${arg}`, { hint: 'leave that - away' })
}

function takeFlag(found: Found, read: Read): void {
  const flag = BY_NAME.get(found.name)
  if (flag === undefined) throw unknown(found)
  if (flag.value === undefined) return takeSwitch(flag, found, read)
  const { name } = flag
  const before = read.settings.get(name)
  if (before !== undefined && flag.times !== 'list') {
    throw new ClsyncError('usage', `--${name} is given twice`, { hint: 'give it once' })
  }
  const standsAlone = flag.times === 'optional' && found.value === undefined
  read.settings.set(name, standsAlone ? [] : [...(before ?? []), readValue(flag, found)])
}

function takeSwitch(flag: SwitchFlag, { rawName, value }: Found, read: Read): void {
  if (value !== undefined) {
    throw new ClsyncError('usage', `${rawName} takes no value, not '${value}'`, {
      hint: `give ${rawName} alone, or leave it away`,
    })
  }
  if (flag.name === 'help' || flag.name === 'version') read.asked.add(flag.name)
  else read.switches.add(flag.name)
}

function readValue(flag: SettingFlag, { rawName, value, inlineValue }: Found): string {
  if (value === undefined) {
    throw new ClsyncError('usage', `${rawName} needs a value: <${flag.value}>`, {
      hint: `write ${rawName} <${flag.value}>`,
    })
  }
  const isShort = !rawName.startsWith('--')
  if (inlineValue === true && isShort && value.startsWith('=')) {
    throw new ClsyncError('usage', `${rawName} does not get its value by =`, {
      hint: `write ${rawName} ${value.slice(1)}`,
    })
  }
  if (inlineValue !== true && /^-[^\d.]/.test(value)) {
    throw new ClsyncError('usage', `${rawName} needs a value, but ${value} follows`, {
      hint: `if that is the value, write --${flag.name}=${value}`,
    })
  }
  return value
}

function unknown({ rawName }: Found): ClsyncError {
  if (rawName === '-=') {
    return new ClsyncError('usage', 'a short flag does not get its value by =', {
      hint: 'put a space where the = is',
    })
  }
  const known = FLAGS.flatMap(({ name, alias }) => (alias === undefined ? [name] : [name, alias]))
  const meant = nearest(rawName.replace(/^-+/, ''), known)
  return new ClsyncError('usage', `unknown flag ${rawName}`, {
    hint: meant === undefined ? 'clsync --help lists all flags' : `did you mean --${meant}?`,
  })
}
