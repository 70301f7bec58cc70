import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

import { isWithin } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'

/** P3, seen from the script: says what it has in hand, and finds who has the same. */
export class CallsInHand {
  readonly #directory: string
  readonly #own: string

  constructor(notes: string) {
    this.#directory = directoryIn(notes)
    this.#own = `${this.#directory}/${process.pid}`
    mkdirSync(this.#directory, { recursive: true })
  }

  /** Says what this call has in hand; returns the processes that have any of it too. */
  take(paths: readonly BytePath[]): readonly number[] {
    writeFileSync(this.#own, JSON.stringify(paths))
    return this.#others().filter((pid) => sharesAny(this.#read(pid), paths))
  }

  /** Gives them free, at the very end. */
  release(): void {
    rmSync(this.#own, { force: true })
  }

  /** Others that still run; what a killed one left is removed. */
  #others(): readonly number[] {
    const pids = readdirSync(this.#directory).map(Number)
    return pids.filter((pid) => {
      if (pid === process.pid) return false
      if (isMirror(pid)) return true
      rmSync(`${this.#directory}/${pid}`, { force: true })
      return false
    })
  }

  #read(pid: number): readonly BytePath[] {
    try {
      return JSON.parse(readFileSync(`${this.#directory}/${pid}`, 'utf8'))
    } catch {
      return []
    }
  }
}

/** Processes of calls that go on. */
export function callsInHand(notes: string): readonly number[] {
  if (!existsSync(directoryIn(notes))) return []
  return readdirSync(directoryIn(notes)).map(Number).filter(isMirror)
}

function directoryIn(notes: string): string {
  return `${notes}/in-hand`
}

function isMirror(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('mirror.js')
  } catch {
    return false
  }
}

function sharesAny(ones: readonly BytePath[], others: readonly BytePath[]): boolean {
  const all = new Set(others)
  return ones.some(
    (one) => all.has(one) || others.some((other) => isWithin(one, other) || isWithin(other, one)),
  )
}
