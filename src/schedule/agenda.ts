import type { SizeClass } from '../model/glossary.ts'
import type { Backlog, ClaimRequest } from './backlog.ts'
import type { Suspicion } from './suspicion.ts'

export interface AgendaSettings {
  readonly backlog: Backlog
  readonly collectDelayMs: Readonly<Record<SizeClass, number>>
  readonly commonDelayMs: number
  /** Most events handed to one run; 1 without list files. */
  readonly batchLimit: number
}

/** What may be claimed now, best first, and when to look again if none of it can be had. */
export interface Plan {
  readonly wanted: readonly Wanted[]
  /** Infinity: not before something happens. */
  readonly wakeAt: number
}

export type Wanted = DistributiveOmit<ClaimRequest, 'isFree'>
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

const CLASSES: readonly SizeClass[] = ['ordinary', 'big']

/**
 * Says what is to be handed over when. An event is due its class's collect delay after its first
 * hint; when the oldest of a class is due its batch opens, and commondelay later it is handed over
 * with everything of the class that is due by then. Everything is computed from stored times, so
 * that nothing is forgotten by a restart. What failed and what is new take turns (P5), and so do the
 * kinds of each, of which the one comes first that came least recently: nothing waits for all of
 * something else, which under load would be for ever.
 */
export class Agenda {
  readonly #settings: AgendaSettings
  readonly #suspicion: Suspicion
  /** Batches being handed over: events of the class first seen until this belong to them. */
  readonly #open = new Map<SizeClass, number>()
  /** By kind: what was first seen, or due, until then was asked for in vain. */
  readonly #inVainUntil = new Map<string, number>()
  #isTurnOfNew = false
  readonly #lastTurns = new Map<string, number>()
  #turns = 0

  constructor(settings: AgendaSettings, suspicion: Suspicion) {
    this.#settings = settings
    this.#suspicion = suspicion
  }

  /** `hasRoom` says whether one more run of a class may begin. */
  plan(now: number, hasRoom: (sizeClass: SizeClass) => boolean): Plan {
    const fresh: Plan[] = []
    const failed = [this.#part(now, hasRoom)]
    for (const sizeClass of CLASSES.filter(hasRoom)) {
      fresh.push(this.#pending(sizeClass, now))
      failed.push(this.#isolated(sizeClass, now))
    }
    const [first, second] = this.#isTurnOfNew ? [fresh, failed] : [failed, fresh]
    return {
      wanted: [...this.#inTurn(first), ...this.#inTurn(second)],
      wakeAt: Math.min(...[...first, ...second].map(({ wakeAt }) => wakeAt)),
    }
  }

  /** A run of this began. */
  began(wanted: Wanted): void {
    this.#isTurnOfNew = wanted.state !== 'pending'
    this.#turns += 1
    this.#lastTurns.set(kindOf(wanted), this.#turns)
  }

  /** Nothing of this is free: until {@link freed} only what comes later is asked for. */
  inVain(wanted: Exclude<Wanted, { readonly state: 'suspect' }>): void {
    const until = wanted.state === 'pending' ? wanted.firstSeenUntil : wanted.retryUntil
    // More may come in the same millisecond.
    this.#inVainUntil.set(kindOf(wanted), until - 1)
  }

  /** Paths were freed that may have been in the way. */
  freed(): void {
    this.#inVainUntil.clear()
  }

  #inTurn(plans: readonly Plan[]): readonly Wanted[] {
    const lastTurn = (one: Wanted): number => this.#lastTurns.get(kindOf(one)) ?? 0
    const all = plans.flatMap(({ wanted }) => wanted)
    return all.toSorted((one, other) => lastTurn(one) - lastTurn(other))
  }

  #part(now: number, hasRoom: (sizeClass: SizeClass) => boolean): Plan {
    const { part, inOrder, at } = this.#suspicion.next(now, hasRoom)
    if (part === undefined) return notBefore(at)
    const limit = this.#suspicion.isOutage ? 1 : this.#settings.batchLimit
    return these({ state: 'suspect', part, limit, inOrder })
  }

  #isolated(sizeClass: SizeClass, now: number): Plan {
    const { backlog } = this.#settings
    const after = this.#inVainUntil.get(`isolated ${sizeClass}`) ?? -Infinity
    const retryAt = backlog.nextRetryAt(sizeClass, after)
    if (retryAt === undefined) return NOTHING
    const at = Math.max(retryAt, this.#suspicion.tryAt('isolated', now))
    if (at > now) return notBefore(at)
    // Those that are due may have to wait for a run, and must not keep later ones waiting.
    const wakeAt = backlog.nextRetryAt(sizeClass, now) ?? Infinity
    return { wanted: [{ state: 'isolated', sizeClass, after, retryUntil: now, limit: 1 }], wakeAt }
  }

  #pending(sizeClass: SizeClass, now: number): Plan {
    const { backlog, batchLimit: limit } = this.#settings
    const nextAt = this.#openNext(sizeClass, now)
    const firstSeenUntil = this.#open.get(sizeClass)
    const after = this.#inVainUntil.get(`pending ${sizeClass}`) ?? -Infinity
    const oldest = backlog.oldest(sizeClass, after)
    if (firstSeenUntil === undefined || oldest === undefined || oldest > firstSeenUntil) {
      if (after === -Infinity) this.#open.delete(sizeClass)
      return notBefore(nextAt)
    }
    const at = this.#suspicion.tryAt('new', now)
    if (at > now) return notBefore(at)
    const wanted = { state: 'pending', sizeClass, after, firstSeenUntil, limit } as const
    return { wanted: [wanted], wakeAt: nextAt }
  }

  /**
   * Opens the next batch if it is time; else returns when it will be. What is open already may have
   * to wait for a run that holds its paths (P3), and must not keep later ones waiting.
   */
  #openNext(sizeClass: SizeClass, now: number): number {
    const { backlog, collectDelayMs, commonDelayMs } = this.#settings
    const first = backlog.oldest(sizeClass, this.#open.get(sizeClass) ?? -Infinity)
    if (first === undefined) return Infinity
    const handOverAt = first + collectDelayMs[sizeClass] + commonDelayMs
    if (handOverAt > now) return handOverAt
    this.#open.set(sizeClass, now - collectDelayMs[sizeClass])
    return this.#openNext(sizeClass, now)
  }
}

const NOTHING: Plan = { wanted: [], wakeAt: Infinity }

function kindOf(wanted: Wanted): string {
  return wanted.state === 'suspect' ? wanted.state : `${wanted.state} ${wanted.sizeClass}`
}

function these(wanted: Wanted): Plan {
  return { wanted: [wanted], wakeAt: Infinity }
}

function notBefore(instant: number): Plan {
  return { wanted: [], wakeAt: instant }
}
