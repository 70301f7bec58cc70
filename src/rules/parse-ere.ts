import { parseBracket } from './bracket.ts'
import type { Cursor } from './cursor.ts'
import type { Ere, Repeat } from './ere.ts'
import { parseEscape } from './escape.ts'

/**
 * Reads the rest of the line as a POSIX extended regular expression (POSIX.1-2017, Base
 * Definitions, 9.4). What POSIX leaves undefined, and what only other dialects know, is an error
 * and not given a meaning. Throws ClsyncError with the position.
 */
export function parseEre(cursor: Cursor): Ere {
  const ere = parseChoice(cursor)
  if (cursor.peek() === ')') cursor.fail('no `)` without `(`', 'write \\) for the character')
  return ere
}

function parseChoice(cursor: Cursor): Ere {
  const first = parseSequence(cursor)
  if (cursor.peek() !== '|') return first
  const branches = [first]
  while (cursor.skip('|')) branches.push(parseSequence(cursor))
  return { kind: 'choice', branches }
}

function parseSequence(cursor: Cursor): Ere {
  const parts: Ere[] = []
  while (!endsSequence(cursor.peek())) parts.push(parseRepeated(cursor))
  const [first] = parts
  if (first === undefined)
    cursor.fail('a regular expression', '`.` matches every path, (a)? an a or nothing')
  return parts.length === 1 ? first : { kind: 'sequence', parts }
}

function endsSequence(char: string | undefined): boolean {
  return char === undefined || char === '|' || char === ')'
}

function parseRepeated(cursor: Cursor): Ere {
  const inner = parseOne(cursor)
  const at = cursor.at
  const times = parseTimes(cursor)
  if (times === undefined) return inner
  if (inner.kind === 'start' || inner.kind === 'end') {
    cursor.fail('something to repeat, not an anchor', 'write \\^ or \\$ for the character', at)
  }
  if (isRepetition(cursor.peek())) {
    cursor.fail('one repetition only', 'POSIX has no *? or *+; to repeat twice use a group: (a*)*')
  }
  return { kind: 'repeat', inner, ...times }
}

function parseOne(cursor: Cursor): Ere {
  const char = cursor.peek() ?? cursor.fail('a regular expression')
  if (isRepetition(char)) {
    cursor.fail('something to repeat before it', `write \\${char} for the character`)
  }
  if (char === '(') return parseGroup(cursor)
  if (char === '[') return parseBracket(cursor)
  if (char === '\\') return parseEscape(cursor)
  if (char === ' ' || char === '\t') refuseUnseenBlank(cursor)
  cursor.next()
  if (char === '.') return { kind: 'any' }
  if (char === '^') return { kind: 'start' }
  if (char === '$') return { kind: 'end' }
  return { kind: 'char', code: char.codePointAt(0) ?? 0 }
}

/** A blank at the end of a line, or before what looks like a comment, is there by mistake. */
function refuseUnseenBlank(cursor: Cursor): void {
  const after = cursor.peek(1)
  if (after === undefined) cursor.fail('no blank at the end', 'to match a blank write [ ]')
  if (after === '#') {
    cursor.fail('no comment behind a rule', 'give it a line of its own; for a # write [#]')
  }
}

function parseGroup(cursor: Cursor): Ere {
  cursor.next()
  if (cursor.peek() === '?') {
    cursor.fail(
      'a group without options',
      'POSIX has no (?i), (?:…) or look-around; for both cases write [aA]',
    )
  }
  const inner = parseChoice(cursor)
  if (!cursor.skip(')')) cursor.fail('`)`', 'close the group, or write \\( for the character')
  return inner
}

function isRepetition(char: string | undefined): boolean {
  return char === '*' || char === '+' || char === '?' || char === '{'
}

type Times = Pick<Repeat, 'min' | 'max'>

function parseTimes(cursor: Cursor): Times | undefined {
  if (cursor.skip('*')) return { min: 0, max: undefined }
  if (cursor.skip('+')) return { min: 1, max: undefined }
  if (cursor.skip('?')) return { min: 0, max: 1 }
  return cursor.peek() === '{' ? parseInterval(cursor) : undefined
}

/** RE_DUP_MAX of POSIX. */
const MOST_REPEATS = 255

function parseInterval(cursor: Cursor): Times {
  const at = cursor.at
  cursor.next()
  const times = readInterval(cursor.until('}') ?? '')
  if (times !== undefined) return times
  return cursor.fail(
    `an interval such as {2}, {2,} or {2,5}, up to ${MOST_REPEATS}`,
    'write \\{ for the character, {0,5} for {,5}',
    at,
  )
}

function readInterval(text: string): Times | undefined {
  const interval = /^(\d+)(?:(,)(\d*))?$/.exec(text)
  if (interval === null) return undefined
  const [, low, comma, high] = interval
  const min = Number(low)
  const most = high ? Number(high) : min
  if (min > most || most > MOST_REPEATS) return undefined
  return { min, max: comma !== undefined && !high ? undefined : most }
}
