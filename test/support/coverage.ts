import type { BytePath } from '../../dist/model/glossary.js'
import type { ByteTree } from './byte-tree.ts'
import type { CallNote } from './mirror-settings.ts'
import type { Change } from './tree-diary.ts'
import type { Difference } from './tree-snapshot.ts'

/**
 * Returns the paths of a tree that were changed after the last successful run that was told of them
 * had begun (P1). What is gone needs no word of its own: the directory above may have been told.
 */
export function untoldPaths(
  tree: ByteTree,
  changes: ReadonlyMap<BytePath, Change>,
  notes: readonly CallNote[],
): readonly Difference[] {
  const { initialSyncAt, toldAt } = lastTold(notes)
  const untold: Difference[] = []
  for (const path of tree.below('')) {
    const change = changes.get(path)
    const told = toldAt.get(path) ?? 0n
    if (change === undefined || change.at <= initialSyncAt || change.at <= told) continue
    const words = `${change.by} ${(change.at - told) / 1000n} µs after it was told`
    untold.push({ path, words })
  }
  return untold
}

function lastTold(notes: readonly CallNote[]): {
  readonly initialSyncAt: bigint
  readonly toldAt: ReadonlyMap<BytePath, bigint>
} {
  const toldAt = new Map<BytePath, bigint>()
  let initialSyncAt = 0n
  for (const { succeeded, kind, startedAt, paths } of notes) {
    if (!succeeded) continue
    const at = BigInt(startedAt)
    if (kind === 'initialsync') initialSyncAt = at > initialSyncAt ? at : initialSyncAt
    for (const path of paths) if (at > (toldAt.get(path) ?? 0n)) toldAt.set(path, at)
  }
  return { initialSyncAt, toldAt }
}
