import { lstatSync, readdirSync } from 'node:fs'

import { isWithin, join, nameOf, parentOf } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'
import {
  IN_CREATE,
  IN_DELETE,
  IN_ISDIR,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../../dist/model/mask.js'
import type { Engine, HintSink, WatchedDirectory } from '../../dist/watch/contract.js'
import type { StageEngine } from './life.js'
import type { Happening } from './happenings.js'

/** An engine that is told what happens, and hears of it only where it watches. */
export class FakeEngine implements Engine {
  readonly name = 'inotify'
  readonly #root: string
  readonly #sink: HintSink
  readonly #directories = new Map<BytePath, { at: BytePath } & WatchedDirectory>()

  constructor(root: string, sink: HintSink) {
    this.#root = root
    this.#sink = sink
  }

  async start(): Promise<{ readonly directories: number }> {
    this.#arrive('', 'silently')
    return { directories: this.#directories.size }
  }

  happened({ path, to, mask }: Happening): void {
    if (to !== undefined) return this.#renamed(path, to, mask)
    this.#look(path, mask)
    if ((mask & IN_ISDIR) === 0) return
    if ((mask & (IN_CREATE | IN_MOVED_TO)) !== 0 && this.#watches(path)) this.#arrive(path, 'told')
    if ((mask & (IN_DELETE | IN_MOVED_FROM)) !== 0) this.#drop(path)
  }

  cover(path: BytePath): void {
    if (path !== '') this.cover(parentOf(path))
    if (this.#isDirectory(path)) this.#watch(path)
    for (const known of this.#directories.keys()) {
      if (known !== '' && parentOf(known) === path && !this.#isDirectory(known)) this.#drop(known)
    }
  }

  doubt(): void {}
  rewatch(): void {}
  async wait(): Promise<void> {}
  wake(): void {}
  drain(): void {}
  flushed(): void {}
  async close(): Promise<void> {}

  #watches(path: BytePath): boolean {
    return this.#directories.has(parentOf(path))
  }

  #look(path: BytePath, mask: number): void {
    const directory = this.#directories.get(parentOf(path))
    if (directory !== undefined) this.#sink.look(directory, nameOf(path), mask)
  }

  #renamed(from: BytePath, to: BytePath, mask: number): void {
    this.#look(from, mask | IN_MOVED_FROM)
    this.#look(to, mask | IN_MOVED_TO)
    if (mask === 0) return
    const isKnown = this.#directories.has(from)
    if (isKnown && this.#watches(to)) {
      this.#move(from, to)
      this.#sink.renamed(from, to)
      return
    }
    this.#drop(from)
    if (this.#watches(to)) this.#arrive(to, 'told')
  }

  #move(from: BytePath, to: BytePath): void {
    for (const [path, directory] of [...this.#directories]) {
      if (!isWithin(path, from)) continue
      this.#directories.delete(path)
      directory.at = to + path.slice(from.length)
      this.#directories.set(directory.at, directory)
    }
  }

  #drop(path: BytePath): void {
    for (const known of [...this.#directories.keys()]) {
      if (isWithin(known, path)) this.#directories.delete(known)
    }
  }

  /** Watches, then lists, then tells, like every engine does with what is new to it. */
  #arrive(path: BytePath, how: 'told' | 'silently'): void {
    if (!this.#isDirectory(path)) return
    this.#watch(path)
    for (const entry of readdirSync(`${this.#root}/${path}`, { withFileTypes: true })) {
      const below = join(path, entry.name)
      const kind = entry.isDirectory() ? IN_ISDIR : 0
      if (how === 'told') this.#look(below, IN_CREATE | kind)
      if (kind !== 0) this.#arrive(below, how)
    }
  }

  #watch(path: BytePath): void {
    if (this.#directories.has(path)) return
    const directory = { at: path, path: () => directory.at }
    this.#directories.set(path, directory)
  }

  #isDirectory(path: BytePath): boolean {
    try {
      return lstatSync(`${this.#root}/${path}`).isDirectory()
    } catch {
      // Gone, or a file is where a directory above it was.
      return false
    }
  }
}

/** Puts it on a stage. While its queue is full it hears nothing, so it does not follow the tree. */
export const stageFakeEngine: StageEngine = (settings, _filter, sink) => {
  const engine = new FakeEngine(settings.root, sink)
  let isFull = false
  return {
    engine,
    happened: (happening) => (isFull ? undefined : engine.happened(happening)),
    overflow: () => (isFull = true),
    recover: () => {
      isFull = false
      sink.below('', 'overflow')
    },
  }
}
