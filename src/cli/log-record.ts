/** How bad it is, as shown. */
export type Severity = 'error' | 'warn' | 'info' | 'debug'

/** From which verbosity on something is logged. */
export type Loudness = 'normal' | 'verbose' | 'debug'

/** What an event says in words. */
export interface Saying {
  readonly severity: Severity
  /** One line. File names in it went through `display`; the rest is escaped when it is printed. */
  readonly message: string
  /** What the user can do about it. */
  readonly hint?: string | undefined
  /** What the message says, as values for programs. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined
  /** Where it depends on more than the name of the event. */
  readonly loudness?: Loudness | undefined
}

/** One line of the log. */
export interface LogRecord extends Saying {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** `noun:verb`. */
  readonly event: string
}

const ORDER: readonly string[] = ['quiet', 'normal', 'verbose', 'debug']

/** Says whether something of this loudness is logged at this verbosity. */
export function isHeard(
  loudness: Loudness,
  verbosity: 'quiet' | 'normal' | 'verbose' | 'debug',
): boolean {
  return ORDER.indexOf(loudness) <= ORDER.indexOf(verbosity)
}
