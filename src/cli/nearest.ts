/** Mistakes (a letter too many, too few or wrong) that still let a word be recognised. */
const MOST_MISTAKES = 2

/** Returns the known word that was most likely meant, or undefined. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length < 3) return undefined
  const begun = known.find((candidate) => candidate.startsWith(word))
  if (begun !== undefined) return begun
  const ranked = known
    .map((candidate) => ({ candidate, mistakes: distance(word, candidate) }))
    .toSorted((one, other) => one.mistakes - other.mistakes)
  const best = ranked[0]
  return best !== undefined && best.mistakes <= MOST_MISTAKES ? best.candidate : undefined
}

/** Levenshtein's distance, row by row. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1]
    for (const [j, otherLetter] of [...other].entries()) {
      const replaced = (row[j] ?? 0) + (letter === otherLetter ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
