import { isWithin } from '../../dist/model/byte-path.js'
import { recordsOf } from './packet-log.js'
import type { PacketRecord } from './packet-log.js'
import { stateOf } from './tree-state.js'

type SightingRecord = Extract<PacketRecord, { readonly type: 'sighting' }>

/** What a main thread would know: packets folded into the state of every name. */
export class TreeModel {
  readonly states = new Map<string, string>()
  /** OR of the masks each path was told with, since they were last cleared. */
  readonly masks = new Map<string, number>()
  readonly #onBelow: (path: string) => void
  #directory = ''
  #flag = 'hints'
  readonly #listed = new Map<string, Set<string>>()

  constructor(onBelow: (path: string) => void) {
    this.#onBelow = onBelow
  }

  /** Returns the crawls that were completed. */
  take(packet: Uint8Array): number[] {
    const crawled: number[] = []
    for (const record of recordsOf(packet)) {
      if (record.type !== 'sighting') this.#endDirectory()
      if (record.type === 'crawled') crawled.push(record.crawl)
      else this.#apply(record)
    }
    this.#endDirectory()
    return crawled
  }

  #apply(record: Exclude<PacketRecord, { readonly type: 'crawled' }>): void {
    switch (record.type) {
      case 'directory':
        this.#directory = record.path
        this.#flag = record.flag
        if (!this.#listed.has(record.path)) this.#listed.set(record.path, new Set())
        break
      case 'sighting':
        this.#see(record)
        break
      case 'renamed':
        this.#move(record.from, record.to)
        this.#onBelow(record.to)
        break
      case 'below':
        this.#onBelow(record.path)
    }
  }

  #see({ path, flags, mask, seen }: SightingRecord): void {
    if (this.#flag === 'hints') this.masks.set(path, (this.masks.get(path) ?? 0) | mask)
    else this.#listed.get(this.#directory)?.add(path)
    if (path === '') return
    if (flags.includes('gone') || flags.includes('rejected')) this.#forget(path)
    else if (flags.includes('present')) this.#found(path, stateOf(seen))
  }

  /** What took the place of a directory has nothing below it, or was filled before anybody knew. */
  #found(path: string, state: string): void {
    const before = this.states.get(path)
    const wasDirectory = before?.endsWith('directory') ?? false
    const isDirectory = state.endsWith('directory')
    if (wasDirectory && !isDirectory) this.#forget(path)
    this.states.set(path, state)
    if (wasDirectory && isDirectory && inodeOf(before) !== inodeOf(state)) this.#onBelow(path)
  }

  #endDirectory(): void {
    if (this.#flag === 'part' || this.#flag === 'firstPart') {
      this.#flag = 'hints'
      return
    }
    const listed = this.#listed.get(this.#directory)
    this.#listed.delete(this.#directory)
    if ((this.#flag !== 'whole' && this.#flag !== 'lastPart') || listed === undefined) return
    this.#flag = 'hints'
    for (const path of [...this.states.keys()]) {
      const name = nameIn(this.#directory, path)
      if (name !== undefined && !listed.has(name)) this.states.delete(path)
    }
  }

  #forget(gone: string): void {
    for (const path of [...this.states.keys()]) if (isWithin(path, gone)) this.states.delete(path)
  }

  #move(from: string, to: string): void {
    for (const [path, state] of [...this.states]) {
      if (!isWithin(path, from)) continue
      this.states.delete(path)
      this.states.set(to + path.slice(from.length), state)
    }
  }
}

/** The name in the directory that a path is or is below; undefined: the path is elsewhere. */
function nameIn(directory: string, path: string): string | undefined {
  if (path === directory || !isWithin(path, directory)) return undefined
  const end = path.indexOf('/', directory === '' ? 0 : directory.length + 1)
  return end === -1 ? path : path.slice(0, end)
}

function inodeOf(state: string | undefined): string | undefined {
  return state?.split(' ')[1]
}
