import type { Clock } from '../clock.ts'
import type { DaemonEmitter, DaemonEvents } from '../events.ts'
import type { Options } from '../options.ts'
import { LineLimit } from './line-limit.ts'
import { type Format, formatOf } from './log-format.ts'
import { isHeard, type LogRecord, type Saying } from './log-record.ts'
import { ProgressPace } from './progress-pace.ts'
import { Repeats } from './repeats.ts'
import type { SayingOf } from './saying-of.ts'
import { SAYINGS } from './sayings.ts'

type Said = keyof typeof SAYINGS

/** Where lines go. */
export interface LineOutput {
  /** Takes one line without newline; never throws, never blocks for long. */
  write(line: string): void
}

/** Writes what a daemon says of itself, as one line each. */
export class Logger {
  readonly #clock: Clock
  readonly #verbosity: Options['verbosity']
  readonly #format: Format
  readonly #output: LineOutput
  readonly #repeats: Repeats
  readonly #limit: LineLimit
  readonly #unsubscribe: Array<() => void> = []

  constructor(options: Pick<Options, 'verbosity' | 'logFormat'>, clock: Clock, output: LineOutput) {
    this.#clock = clock
    this.#verbosity = options.verbosity
    this.#format = formatOf(options.logFormat)
    this.#output = output
    this.#repeats = new Repeats(clock, (record) => this.#write(record))
    this.#limit = new LineLimit(clock, (event, leftOut) => this.#sayLeftOut(event, leftOut))
  }

  /**
   * Listens to everything that this verbosity lets through, and to nothing else, so that nobody
   * builds events for nobody.
   *
   * @param except - events that are shown in another way
   */
  listen(events: DaemonEmitter, except: ReadonlySet<keyof DaemonEvents> = new Set()): void {
    for (const name of Object.keys(SAYINGS) as Said[]) {
      if (!except.has(name)) this.#listenTo(events, name)
    }
  }

  /** Writes what is still counted and listens no more. */
  close(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
    this.#limit.close()
    this.#repeats.flush()
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- ties saying to event
  #listenTo<Name extends Said>(events: DaemonEmitter, name: Name): void {
    const { loudness, mostLines, isPaced, say }: SayingOf<Name> = SAYINGS[name]
    if (!isHeard(loudness, this.#verbosity)) return
    const pace = isPaced ? new ProgressPace(this.#clock) : undefined
    const listener = (event: DaemonEvents[Name]): void => {
      if (pace?.isDue() === false) return
      const saying = say(event)
      if (!isHeard(saying.loudness ?? loudness, this.#verbosity)) return
      if (mostLines !== undefined && !this.#limit.admits(name, mostLines)) return
      this.#say(name, saying)
    }
    this.#unsubscribe.push(events.on(name, listener))
  }

  #sayLeftOut(event: string, leftOut: number): void {
    const message = `${leftOut} more lines like this were left out: ${event}`
    this.#say('log:limited', { severity: 'warn', message, fields: { leftOut, of: event } })
  }

  #say(event: string, saying: Saying): void {
    this.#repeats.take({ ...saying, event, at: this.#clock.now() })
  }

  #write(record: LogRecord): void {
    this.#output.write(this.#format(record))
  }
}
