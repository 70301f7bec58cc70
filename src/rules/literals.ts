import type { CharSet, Ere, Repeat } from './ere.ts'

/** A text that is searched, at the start or the end only if so said. */
export interface Literal {
  readonly text: string
  readonly atStart: boolean
  readonly atEnd: boolean
}

/** More would not be faster than the automaton. */
const MOST_LITERALS = 16

const NOTHING: Literal = { text: '', atStart: false, atEnd: false }

/**
 * Returns the few texts that the expression stands for, such as `/.git` at the end for `/\.git$`;
 * undefined if there are too many or there is more to it. Searching them is the same as searching
 * the expression, and several times as fast.
 */
export function literalsOf(ere: Ere): readonly Literal[] | undefined {
  switch (ere.kind) {
    case 'char':
      return [{ ...NOTHING, text: String.fromCodePoint(ere.code) }]
    case 'any':
      return undefined
    case 'set':
      return literalsOfSet(ere)
    case 'start':
      return [{ ...NOTHING, atStart: true }]
    case 'end':
      return [{ ...NOTHING, atEnd: true }]
    case 'sequence':
      return ere.parts.reduce<Literals>((all, part) => follow(all, literalsOf(part)), [NOTHING])
    case 'choice':
      return either(ere.branches.map(literalsOf))
    case 'repeat':
      return literalsOfRepeat(ere)
  }
}

type Literals = readonly Literal[] | undefined

function literalsOfSet({ negated, ranges }: CharSet): Literals {
  if (negated) return undefined
  const found: Literal[] = []
  for (const [first, last] of ranges) {
    if (last - first >= MOST_LITERALS - found.length) return undefined
    for (let code = first; code <= last; code++) {
      found.push({ ...NOTHING, text: String.fromCodePoint(code) })
    }
  }
  return found
}

function literalsOfRepeat({ inner, min, max }: Repeat): Literals {
  if (max === undefined || max > MOST_LITERALS) return undefined
  const once = literalsOf(inner)
  let times: Literals = [NOTHING]
  const found: Literals[] = min === 0 ? [times] : []
  for (let count = 1; count <= max; count++) {
    times = follow(times, once)
    if (count >= min) found.push(times)
  }
  return either(found)
}

function either(all: readonly Literals[]): Literals {
  const found: Literal[] = []
  for (const literals of all) {
    if (literals === undefined) return undefined
    found.push(...literals)
  }
  return found.length <= MOST_LITERALS ? found : undefined
}

function follow(before: Literals, after: Literals): Literals {
  if (before === undefined || after === undefined) return undefined
  if (before.length * after.length > MOST_LITERALS) return undefined
  const found: Literal[] = []
  for (const left of before) {
    for (const right of after) {
      const isTorn = (left.atEnd && right.text !== '') || (right.atStart && left.text !== '')
      if (isTorn) return undefined
      found.push({
        text: left.text + right.text,
        atStart: left.atStart || right.atStart,
        atEnd: left.atEnd || right.atEnd,
      })
    }
  }
  return found
}
