import type { ReconcileReason } from '../model/glossary.ts'
import type { RootIdentity } from '../queue/daemon-row.ts'
import type { Queue } from '../queue/queue.ts'

/** Milliseconds since the epoch. */
interface Times {
  readonly now: number
  /** When everything was watched for the first time. */
  readonly watchedSince: number
}

/**
 * Owes the comparison that follows when all watches are set: what is found with a ctime of before
 * they were set for the first time the initial sync will have.
 */
export async function oweComparison(
  queue: Queue,
  identity: RootIdentity,
  given: ReconcileReason,
  { now, watchedSince }: Times,
): Promise<void> {
  const isFirst = queue.daemon.read()?.cataloguedAt === undefined
  const reason = isFirst ? 'first start' : given
  // Nobody knows what was pending in a database that was lost: everything has to be told. If this
  // daemon dies before, the debt of its beginning tells the next one so.
  const silentBefore = isFirst && queue.replaced === undefined ? watchedSince : undefined
  const unwatchedRun = queue.runs.someRun
  await queue.write(() => {
    queue.daemon.setIdentity(identity)
    queue.owe({ path: '', reason, now, silentBefore, unwatchedRun }, undefined)
  })
}
