import type { Cursor } from './cursor.ts'
import type { Ere } from './ere.ts'

const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['d', 'write [0-9]'],
  ['D', 'write [^0-9]'],
  ['w', 'write [[:alnum:]_]'],
  ['W', 'write [^[:alnum:]_]'],
  ['s', 'write [[:space:]]'],
  ['S', 'write [^[:space:]]'],
  ['b', 'POSIX has no word boundaries; write out what stands beside the word'],
  ['B', 'POSIX has no word boundaries; write out what stands beside the word'],
  ['<', 'word boundaries are GNU, not POSIX; write out what stands beside the word'],
  ['>', 'word boundaries are GNU, not POSIX; write out what stands beside the word'],
  ['`', 'write ^'],
  ["'", 'write $'],
  [' ', 'write [ ]'],
])

/**
 * Reads a backslash and what it makes literal. POSIX defines that for special characters only; any
 * other punctuation means itself in every dialect and is taken too, but letters, digits and the GNU
 * operators are refused, since they mean something else elsewhere.
 */
export function parseEscape(cursor: Cursor): Ere {
  const char = cursor.peek(1)
  if (char === undefined) {
    cursor.fail('a character after the backslash', 'write \\\\ for the backslash itself')
  }
  if (!/^[!-/:-@[-`{-~]$/.test(char) || INSTEAD.has(char)) {
    cursor.fail('a POSIX extended regular expression', instead(char))
  }
  cursor.next()
  cursor.next()
  return { kind: 'char', code: char.charCodeAt(0) }
}

function instead(char: string): string {
  if (/^\d$/.test(char)) return 'back-references cannot be matched in linear time'
  return INSTEAD.get(char) ?? 'write the character without the backslash'
}
