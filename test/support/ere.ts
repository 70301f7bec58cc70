import fc from 'fast-check'

import type { Ere } from '../../dist/rules/ere.js'

/** Writes an expression as a rules file or `grep -E` has it; reading it gives the same tree. */
export function printEre(ere: Ere): string {
  switch (ere.kind) {
    case 'char':
      return printChar(String.fromCodePoint(ere.code))
    case 'any':
      return '.'
    case 'set':
      return printSet(ere.negated, ere.ranges)
    case 'start':
      return '^'
    case 'end':
      return '$'
    case 'sequence':
      return ere.parts.map((part) => grouped(part, ['sequence', 'choice'])).join('')
    case 'choice':
      return ere.branches.map((branch) => grouped(branch, ['choice'])).join('|')
    case 'repeat':
      return grouped(ere.inner, ['sequence', 'choice', 'repeat', 'start', 'end']) + times(ere)
  }
}

function grouped(ere: Ere, kinds: ReadonlyArray<Ere['kind']>): string {
  return kinds.includes(ere.kind) ? `(${printEre(ere)})` : printEre(ere)
}

function printChar(char: string): string {
  if (char === ' ' || char === '#') return `[${char}]`
  return /[.[\]()*+?{}|^$\\]/.test(char) ? `\\${char}` : char
}

type Ranges = ReadonlyArray<readonly [number, number]>

function printSet(negated: boolean, ranges: Ranges): string {
  const printed = ranges.map(([first, last]) => {
    const one = String.fromCodePoint(first)
    return first === last ? one : `${one}-${String.fromCodePoint(last)}`
  })
  return `[${negated ? '^' : ''}${printed.join('')}]`
}

function times({ min, max }: { readonly min: number; readonly max: number | undefined }): string {
  if (max === undefined) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`
  return min === 0 && max === 1 ? '?' : `{${min},${max}}`
}

const code = fc.constantFrom(...Array.from('/ab.~-]^éж')).map((char) => char.codePointAt(0) ?? 0)

const plainCode = fc.constantFrom(...Array.from('/ab.~éж')).map((char) => char.codePointAt(0) ?? 0)

/** glibc has no ranges beyond ASCII in C.UTF-8, so that `grep` could not be asked. */
const asciiCode = fc.constantFrom(...Array.from('/ab.~')).map((char) => char.charCodeAt(0))

const range = fc
  .tuple(asciiCode, asciiCode)
  .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const)

const ranges = fc.array(
  fc.oneof(
    plainCode.map((only) => [only, only] as const),
    range,
  ),
  {
    minLength: 1,
    maxLength: 3,
  },
)

const repeats = fc.constantFrom(
  { min: 0, max: undefined },
  { min: 1, max: undefined },
  { min: 2, max: undefined },
  { min: 0, max: 1 },
  { min: 2, max: 2 },
  { min: 0, max: 3 },
)

/** Random expressions, with few characters, so that they match often. */
export const anyEre: fc.Arbitrary<Ere> = fc.letrec<{ ere: Ere }>((tie) => ({
  ere: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    code.map((value): Ere => ({ kind: 'char', code: value })),
    fc.constantFrom<Ere>({ kind: 'any' }, { kind: 'start' }, { kind: 'end' }),
    fc
      .tuple(fc.boolean(), ranges)
      .map(([negated, all]): Ere => ({ kind: 'set', negated, ranges: all })),
    fc
      .array(tie('ere'), { minLength: 2, maxLength: 4 })
      .map((parts): Ere => ({ kind: 'sequence', parts })),
    fc
      .array(tie('ere'), { minLength: 2, maxLength: 3 })
      .map((branches): Ere => ({ kind: 'choice', branches })),
    fc
      .tuple(tie('ere'), repeats)
      .map(([inner, { min, max }]): Ere => ({ kind: 'repeat', inner, min, max })),
  ),
})).ere

/** Random paths of the same characters. */
export const anyPath: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(...Array.from('/ab.~-]^éж')),
  maxLength: 8,
})
