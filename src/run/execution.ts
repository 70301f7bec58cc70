import { fromText } from '../model/byte-path.ts'
import type { BytePath, Event, Run } from '../model/glossary.ts'
import { wordsOf } from './failure-words.ts'
import { removeList, writeList } from './list-file.ts'
import type { RunOutcome } from '../model/run-outcome.ts'
import { neverRan, unlessAllNamed } from './outcome.ts'
import { callScript, type CallInProgress, type ScriptCall } from './script-call.ts'
import type { Workshop } from './workshop.ts'

/** One run: mostly one call of the script, more when a list leaves paths over. */
export class Execution {
  readonly #workshop: Workshop
  readonly #run: Run
  #current: CallInProgress | undefined
  #isOver = false

  constructor(workshop: Workshop, run: Run) {
    this.#workshop = workshop
    this.#run = run
  }

  async perform(events: readonly Event[]): Promise<RunOutcome> {
    const { kind } = this.#run
    if (kind === 'initialsync') return this.#callAll([this.#initialSync()])
    if (events.length === 0) return neverRan(EMPTY_BATCH)
    return unlessAllNamed(await this.#tell(kind, events), events.length)
  }

  terminate(): void {
    this.#isOver = true
    this.#current?.supervision.terminate()
  }

  /** Calls the script no more; a call in progress goes on. */
  letGo(): void {
    this.#isOver = true
  }

  async #tell(kind: 'sync' | 'synclist', events: readonly Event[]): Promise<RunOutcome> {
    if (kind === 'sync') return this.#callAll(events.map((event) => this.#sync(event)))
    try {
      return await this.#performList(events)
    } catch (error) {
      return neverRan(wordsOf(error))
    }
  }

  async #performList(events: readonly Event[]): Promise<RunOutcome> {
    const { files, layout, listener } = this.#workshop
    const list = await writeList(files, this.#run.id, events, layout)
    try {
      listener.listed(this.#run.id)
      const calls = list.leftOver.map((event) => this.#sync(event))
      if (list.entries > 0) calls.unshift(this.#syncList(list.path, events))
      return await this.#callAll(calls)
    } finally {
      await removeList(list.path)
    }
  }

  #initialSync(): ScriptCall {
    const { label, watchDir } = this.#workshop.settings
    return { words: ['initialsync', label], path: fromText(watchDir), events: [] }
  }

  #sync(event: Event): ScriptCall {
    const { settings, layout } = this.#workshop
    const words = ['sync', settings.label, String(event.mask)]
    return { words, path: layout.paths.toScript(event.path), events: [event] }
  }

  #syncList(path: string, events: readonly Event[]): ScriptCall {
    const { label } = this.#workshop.settings
    return { words: ['synclist', label], path: fromText(path), events }
  }

  /**
   * Makes the calls in order, up to the first that fails as a whole: what it is about, and what was
   * not come to, are then the failed paths of the run, unless nothing was done at all.
   */
  async #callAll(calls: readonly ScriptCall[]): Promise<RunOutcome> {
    let joint: RunOutcome | undefined
    for (const [at, call] of calls.entries()) {
      const outcome = await this.#call(call)
      const isWholeFailure = !outcome.succeeded && outcome.failedPaths.length === 0
      if (joint === undefined && isWholeFailure) return outcome
      const told = isWholeFailure ? { ...outcome, failedPaths: pathsOf(calls.slice(at)) } : outcome
      joint = joint === undefined ? told : join(joint, told)
      if (isWholeFailure) return joint
    }
    return joint ?? neverRan(EMPTY_BATCH)
  }

  async #call(call: ScriptCall): Promise<RunOutcome> {
    if (this.#isOver) return neverRan(ENDED_BEFORE)
    try {
      this.#current = callScript(this.#workshop, this.#run, call)
      return await this.#current.outcome
    } catch (error) {
      return neverRan(wordsOf(error))
    } finally {
      this.#current = undefined
    }
  }
}

/** A list of nothing would be "done" by any script; and what is done is forgotten. */
const EMPTY_BATCH = { why: 'the batch is empty', hint: undefined }
const ENDED_BEFORE = { why: 'ended by the daemon before the script began', hint: undefined }

function pathsOf(calls: readonly ScriptCall[]): readonly BytePath[] {
  return calls.flatMap(({ events }) => events.map(({ path }) => path))
}

/** Two calls as one run: it tells of the one that failed, the last one if none did. */
function join(first: RunOutcome, second: RunOutcome): RunOutcome {
  const told = first.succeeded ? second : first
  return {
    ...told,
    failedPaths: [...first.failedPaths, ...second.failedPaths],
    strangePaths: [...first.strangePaths, ...second.strangePaths],
  }
}
