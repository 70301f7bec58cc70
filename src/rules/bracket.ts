import type { Cursor } from './cursor.ts'
import type { CharSet } from './ere.ts'

type Range = readonly [number, number]

/**
 * The classes of POSIX with the characters that they have in the POSIX locale, so that rules mean
 * the same whatever the locale of the daemon.
 */
const CLASSES: ReadonlyMap<string, readonly string[]> = new Map([
  ['alnum', ['09', 'AZ', 'az']],
  ['alpha', ['AZ', 'az']],
  ['blank', ['  ', '\t\t']],
  ['cntrl', ['\x00\x1f', '\x7f\x7f']],
  ['digit', ['09']],
  ['graph', ['!~']],
  ['lower', ['az']],
  ['print', [' ~']],
  ['punct', ['!/', ':@', '[`', '{~']],
  ['space', ['\t\r', '  ']],
  ['upper', ['AZ']],
  ['xdigit', ['09', 'AF', 'af']],
])

/**
 * Reads a bracket expression (POSIX.1-2017, Base Definitions, 9.3.5). A backslash in it is an
 * ordinary character: `[\.]` is a backslash or a dot.
 */
export function parseBracket(cursor: Cursor): CharSet {
  const at = cursor.at
  cursor.next()
  const negated = cursor.skip('^')
  const ranges = [...parseItem(cursor, at)]
  while (!cursor.skip(']')) ranges.push(...parseItem(cursor, at))
  if (isBareClass(ranges)) {
    cursor.fail('a class inside a bracket expression', 'write [[:alpha:]], not [:alpha:]', at)
  }
  return { kind: 'set', negated, ranges }
}

/** `[:alpha:]` is a set of `:`, `a` and so on, but nobody means it. */
function isBareClass(ranges: readonly Range[]): boolean {
  if (ranges.length < 3) return false
  return [ranges[0], ranges.at(-1)].every((range) => range?.every((code) => code === COLON))
}

const COLON = 0x3a

function parseItem(cursor: Cursor, openedAt: number): readonly Range[] {
  if (cursor.peek() === undefined) {
    cursor.fail('`]` to end the bracket expression', 'write \\[ for the character', openedAt)
  }
  if (cursor.peek() !== '[' || !/^[:=]$/.test(cursor.peek(1) ?? '')) return [parseRange(cursor)]
  const ranges = cursor.peek(1) === ':' ? parseClass(cursor) : parseEquals(cursor)
  if (cursor.peek() === '-' && cursor.peek(1) !== ']') {
    cursor.fail('no range that begins with a class', 'put a literal - last')
  }
  return ranges
}

function parseEquals(cursor: Cursor): readonly Range[] {
  const code = parseElement(cursor, '=')
  return [[code, code]]
}

function parseClass(cursor: Cursor): readonly Range[] {
  const at = cursor.at
  cursor.skip('[:')
  const ranges = CLASSES.get(cursor.until(':]') ?? '')
  if (ranges === undefined) {
    cursor.fail('a class', `known are [:${[...CLASSES.keys()].join(':], [:')}:]`, at)
  }
  return ranges.map((range) => [range.charCodeAt(0), range.charCodeAt(1)])
}

function parseRange(cursor: Cursor): Range {
  const at = cursor.at
  const first = parseRangeEnd(cursor)
  if (cursor.peek() !== '-' || cursor.peek(1) === ']') return [first, first]
  cursor.next()
  const last = parseRangeEnd(cursor)
  const isChain = cursor.peek() === '-' && cursor.peek(1) !== ']'
  if (last < first || isChain) {
    cursor.fail('a range from a lower to a higher character', 'put a literal - last', at)
  }
  return [first, last]
}

function parseRangeEnd(cursor: Cursor): number {
  if (cursor.peek() === '[' && cursor.peek(1) === '.') return parseElement(cursor, '.')
  if (cursor.peek() === '[' && /^[:=]$/.test(cursor.peek(1) ?? '')) {
    cursor.fail('a single character to end the range', 'put a literal - last')
  }
  const char = cursor.next() ?? cursor.fail('`]` to end the bracket expression')
  return char.codePointAt(0) ?? 0
}

/** Reads `[.x.]` or `[=x=]`. Elements of several characters depend on the locale: refused. */
function parseElement(cursor: Cursor, mark: '.' | '='): number {
  const at = cursor.at
  cursor.skip(`[${mark}`)
  const [char, ...more] = cursor.until(`${mark}]`) ?? ''
  if (char === undefined || more.length > 0) {
    cursor.fail(`one character between [${mark} and ${mark}]`, undefined, at)
  }
  return char.codePointAt(0) ?? 0
}
