import { display } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'
import { type CallNote, readNotes, readViolations } from './mirror-settings.ts'
import type { Difference } from './tree-snapshot.ts'
import type { TreeDiary } from './tree-diary.ts'

/** More would not be read. */
const MOST_STORIES = 3
const MOST_LINES = 15

/** Tells what happened to paths that a mirror does not have as the source has them. */
export function reportOn(
  differences: readonly Difference[],
  notes: string,
  diary: TreeDiary | undefined,
): string {
  const calls = readNotes(notes)
  const lines = differences.map(({ path, words }) => `${display(path)}: ${words}`)
  const stories = differences.slice(0, MOST_STORIES).map(({ path }) => story(path, calls, diary))
  return [...readViolations(notes), ...lines, ...stories].join('\n')
}

function story(path: BytePath, calls: readonly CallNote[], diary: TreeDiary | undefined): string {
  const told = calls
    .filter((call) => call.paths.includes(path) || call.kind === 'initialsync')
    .map(({ startedAt, run, kind, succeeded }) => {
      return `${BigInt(startedAt) / 1_000n} ${kind} ${run} ${succeeded ? 'succeeded' : 'failed'}`
    })
  const happened = [...told, ...(diary?.storyOf(path) ?? [])].toSorted().slice(-MOST_LINES)
  const since = happened[0] ?? ''
  const notes = (diary?.notes ?? []).filter((line) => line >= since)
  return [`--- ${display(path)}, microseconds:`, ...[...happened, ...notes].toSorted()].join('\n')
}
