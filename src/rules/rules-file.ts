import { Cursor } from './cursor.ts'
import type { Ere } from './ere.ts'
import { parseEre } from './parse-ere.ts'
import { sizeOf } from './size.ts'

/** One line of the rules file. */
export interface Rule {
  readonly verdict: 'accept' | 'reject'
  readonly type: RuleType
  readonly ere: Ere
}

/** `file` is anything that is no directory. */
export type RuleType = 'any' | 'file' | 'directory'

/** Limits on what one path can cost, whatever the rules are. */
const MOST_RULES = 1000
const LONGEST_RULE_BYTES = 1024
const LARGEST_EXPRESSION = 1000

const TYPES: ReadonlyMap<string, RuleType> = new Map([
  ['*', 'any'],
  ['f', 'file'],
  ['d', 'directory'],
])

/**
 * Reads a rules file: in each line `+` (accept) or `-` (reject), a type and an expression; lines
 * that are empty or begin with `#` say nothing. Throws ClsyncError `usage` with file, line, column
 * and what was expected there.
 */
export function parseRuleLines(text: string, file: string): readonly Rule[] {
  const rules: Rule[] = []
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  for (const [index, line] of lines.entries()) {
    const cursor = new Cursor(line.replace(/\r$/, ''), { file, line: index + 1 })
    skipBlanks(cursor)
    if (cursor.peek() === undefined || cursor.peek() === '#') continue
    checkLimits(line, rules.length, cursor)
    rules.push(parseRule(cursor))
  }
  return rules
}

function skipBlanks(cursor: Cursor): void {
  while (cursor.skip(' ') || cursor.skip('\t'));
}

function checkLimits(line: string, rulesBefore: number, cursor: Cursor): void {
  if (rulesBefore === MOST_RULES) {
    cursor.fail(`at most ${MOST_RULES} rules`, 'join some: -f\\.(o|a|so)$')
  }
  if (Buffer.byteLength(line) > LONGEST_RULE_BYTES) {
    cursor.fail(`a rule of at most ${LONGEST_RULE_BYTES} bytes`)
  }
  const foreign = Array.from(line).findIndex((char) => char === '\uFFFD' || char === '\0')
  if (foreign !== -1) {
    cursor.fail('UTF-8 text', 'for bytes of a name that are not UTF-8 write `.`', foreign)
  }
}

function parseRule(cursor: Cursor): Rule {
  const verdict = parseVerdict(cursor)
  const type = parseType(cursor)
  if (/^[ \t]$/.test(cursor.peek() ?? '')) {
    cursor.fail('the expression right after the type', 'to match a blank write [ ]')
  }
  const at = cursor.at
  const ere = parseEre(cursor)
  if (sizeOf(ere) > LARGEST_EXPRESSION) {
    cursor.fail(
      `an expression of at most ${LARGEST_EXPRESSION} characters, intervals written out`,
      'use smaller intervals',
      at,
    )
  }
  return { verdict, type, ere }
}

function parseVerdict(cursor: Cursor): Rule['verdict'] {
  if (cursor.skip('+')) return 'accept'
  if (cursor.skip('-')) return 'reject'
  return cursor.fail('+ (accept) or - (reject)', 'a rule looks like -d/\\.git$, a comment like # …')
}

function parseType(cursor: Cursor): RuleType {
  const type = TYPES.get(cursor.peek()?.toLowerCase() ?? '')
  if (type === undefined) {
    cursor.fail('a type: * (any), f (file) or d (directory)', 'a rule looks like -d/\\.git$')
  }
  cursor.next()
  return type
}
