import { readFileSync } from 'node:fs'

import { display } from '../../model/byte-path.ts'
import type { BytePath } from '../../model/glossary.ts'
import type { WatchProblem } from '../contract.ts'
import type { DirectoryTable } from './directory-table.ts'

/** In a user namespace the second one may be the lower. */
const LIMITS = ['fs.inotify.max_user_watches', 'user.max_inotify_watches'] as const

/** Tells that the kernel's limit of watches was reached: once, and again when it got twice as bad. */
export class WatchLimit {
  readonly #table: DirectoryTable
  #path: BytePath | undefined
  #told = 0

  constructor(table: DirectoryTable) {
    this.#table = table
  }

  /** A directory could not be watched because of the limit. */
  reachedAt(path: BytePath): void {
    this.#path ??= path
  }

  /** Returns what there is to tell since the last call. */
  problem(): WatchProblem | undefined {
    const missed = this.#table.size - this.#table.watched
    if (missed === 0) this.#told = 0
    const path = this.#path
    if (path === undefined) return undefined
    this.#path = undefined
    if (missed < 2 * this.#told) return undefined
    this.#told = missed
    return limitProblem(path, missed, lowestLimit())
  }
}

interface Limit {
  readonly name: string
  readonly value: number
}

function limitProblem(path: BytePath, missed: number, { name, value }: Limit): WatchProblem {
  const which = missed === 1 ? display(path) : `${missed} directories, ${display(path)} first`
  return {
    path,
    errno: 'ENOSPC',
    message: `cannot watch ${which}: the limit of ${value} inotify watches is reached`,
    hint: `raise it: sysctl ${name}=${enough(value + missed)} (now ${value}), or use --fanotify`,
  }
}

/** A quarter above what is needed now. */
function enough(needed: number): number {
  return Math.ceil((needed * 1.25) / 1024) * 1024
}

function lowestLimit(): Limit {
  const [first, second] = LIMITS.map((name) => ({ name, value: readSysctl(name) }))
  if (first === undefined || second === undefined) return { name: LIMITS[0], value: 0 }
  return second.value < first.value ? second : first
}

function readSysctl(name: string): number {
  try {
    return Number(readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8'))
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
