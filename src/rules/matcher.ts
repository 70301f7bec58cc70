import { fromText } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import type { Ere } from './ere.ts'
import { literalsOf, type Literal } from './literals.ts'
import { compileRe2 } from './re2.ts'

/** A path as rules see it: `/` and the path below the watch directory, as bytes and as text. */
export type Matcher = (bytes: BytePath, text: string) => boolean

/** Says in advance which of the two a matcher reads. */
export interface CompiledMatcher {
  readonly matches: Matcher
  readonly readsText: boolean
}

/**
 * Compiles an expression: to plain string searches where it is nothing but a few texts, else to an
 * automaton of linear time.
 */
export function compileMatcher(ere: Ere): CompiledMatcher {
  const literals = literalsOf(ere)
  if (literals !== undefined) return { matches: anyOf(literals.map(searchFor)), readsText: false }
  const re2 = compileRe2(ere)
  return { matches: (_bytes, text) => re2.test(text), readsText: true }
}

function anyOf(matchers: readonly Matcher[]): Matcher {
  const [only] = matchers
  if (matchers.length === 1 && only !== undefined) return only
  return (bytes, text) => {
    for (const matches of matchers) if (matches(bytes, text)) return true
    return false
  }
}

/** UTF-8 synchronizes itself: a text is found among bytes exactly where it is found decoded. */
function searchFor({ text, atStart, atEnd }: Literal): Matcher {
  const wanted = fromText(text)
  if (atStart && atEnd) return (bytes) => bytes === wanted
  if (atStart) return (bytes) => bytes.startsWith(wanted)
  if (atEnd) return (bytes) => bytes.endsWith(wanted)
  return (bytes) => bytes.includes(wanted)
}
