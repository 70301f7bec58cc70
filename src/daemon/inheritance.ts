import type { RootIdentity } from '../queue/daemon-row.ts'
import type { InterruptedRun } from '../run/outlived.ts'

/** What a session that follows one whose database was lost must not learn anew. */
export interface Inheritance {
  /** A lost database makes no other watch directory ours (P6). */
  readonly root: RootIdentity
  /** Text of the rules in force; somebody may be at their file just now. */
  readonly rules: string | undefined
  /** Scripts that go on, which the new database does not know (P3). */
  readonly scripts: readonly InterruptedRun[]
}
