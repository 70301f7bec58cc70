import type { DaemonEvents } from '../events.ts'
import type { Loudness, Saying } from './log-record.ts'

/** What is logged of one kind of event. */
export interface SayingOf<Name extends keyof DaemonEvents> {
  /** The lowest verbosity at which it may be heard. */
  readonly loudness: Loudness
  /** More lines than this within {@link LIMIT_WINDOW_MS} are counted instead of written. */
  readonly mostLines?: number
  /** It comes all the time while something goes on: one line every ten seconds is enough. */
  readonly isPaced?: true
  readonly say: (event: DaemonEvents[Name]) => Saying
}

/** The sayings of some of the events. */
export type SayingsOf<Name extends keyof DaemonEvents> = {
  readonly [Each in Name]: SayingOf<Each>
}

/** Milliseconds. */
export const LIMIT_WINDOW_MS = 10_000
