import { IN_CREATE, IN_MODIFY } from '../../../dist/model/mask.js'
import type { Queue } from '../../../dist/queue/queue.js'
import { fileNames, openQueue, packetsOf, record } from './bench-queue.ts'

/** Hints recorded, and events claimed, at once. */
const AT_ONCE = 1_000

/** Microseconds a path at one size of the backlog, one value a round. */
export interface BacklogCosts {
  readonly pending: number
  /** A hint of a path that was not pending. */
  readonly newHint: number[]
  /** A hint of a path that waits already. */
  readonly knownHint: number[]
  readonly claim: number[]
}

/** A queue with a backlog, to be measured again and again. */
export class Backlog {
  readonly costs: BacklogCosts
  readonly #queue: Queue
  #round = 0

  private constructor(queue: Queue, pending: number) {
    this.#queue = queue
    this.costs = { pending, newHint: [], knownHint: [], claim: [] }
  }

  static async open(file: string, pending: number): Promise<Backlog> {
    const queue = await openQueue(file)
    await record(queue, packetsOf(fileNames(0, pending), IN_CREATE, 1))
    return new Backlog(queue, pending)
  }

  /** Measures once; leaves the backlog as long as it was. */
  async measure(): Promise<void> {
    const { pending, newHint, knownHint, claim } = this.costs
    this.#round += 1
    const added = packetsOf(fileNames(pending + this.#round * AT_ONCE, AT_ONCE), IN_CREATE, 1)
    newHint.push(await microseconds(() => record(this.#queue, added)))
    const from = Math.floor(pending / AT_ONCE / 2 + this.#round) * AT_ONCE
    const names = fileNames(from % pending, Math.min(AT_ONCE, pending))
    const known = packetsOf(names, IN_MODIFY, 1 + this.#round)
    knownHint.push(await microseconds(() => record(this.#queue, known)))
    let run = 0
    claim.push(
      await microseconds(async () => {
        run = await this.#claim()
      }),
    )
    await this.#queue.write(() => this.#queue.events.acknowledge(run))
  }

  close(): Promise<void> {
    return this.#queue.close()
  }

  /** As the scheduler does: is anything due, what, and who has it. */
  #claim(): Promise<number> {
    const { events, runs } = this.#queue
    return this.#queue.write(() => {
      const firstSeenUntil = Date.now()
      const due = { state: 'pending', sizeClass: 'ordinary', firstSeenUntil } as const
      events.oldest('ordinary')
      const chosen = events.candidates(due, AT_ONCE, 0)
      const about = { attempt: 1, paths: chosen.length, sample: '' }
      const run = runs.begin({ kind: 'synclist', sizeClass: 'ordinary', ...about }, Date.now())
      events.claim(chosen, run)
      return run
    })
  }
}

async function microseconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return ((performance.now() - began) * 1_000) / AT_ONCE
}
