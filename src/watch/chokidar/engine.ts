import { lstatSync } from 'node:fs'
import { basename, relative, resolve, sep } from 'node:path'

import type { FSWatcher, watch as Watch } from 'chokidar'

import { fromText, join, nameOf, parentOf } from '../../model/byte-path.ts'
import type { BytePath } from '../../model/glossary.ts'
import { Bell } from '../bell.ts'
import type { CreateEngine, Engine, HintSink, PathFilter, WatchSettings } from '../contract.ts'
import { FixedDirectories } from '../fixed-directories.ts'
import { maskOf } from './masks.ts'
import { watchOptions } from './options.ts'
import { chokidarProblem } from './problem.ts'

/** How often the tree is compared where `--poll` does not say. */
const COMPARE_MS = 60_000

/** What decoding leaves of bytes that are not UTF-8. */
const NOT_UTF8 = '\ufffd'

type MaybeStats = { isDirectory(): boolean } | undefined

/**
 * Loads chokidar, which nobody else needs.
 *
 * @param compareMs how often the whole tree is compared where `--poll` does not say
 */
export async function loadChokidarEngine(compareMs: number = COMPARE_MS): Promise<CreateEngine> {
  const { watch } = await import('chokidar')
  return (settings, filter, sink) =>
    new ChokidarEngine(watch, settings, filter, sink, settings.pollMs ?? compareMs)
}

/**
 * The portable engine: chokidar 5 over `fs.watch`, or over `fs.watchFile` with `pollMs`. Its reports
 * are hints with the masks that inotify would have given. Its raw events are hints too, without a
 * mask, since chokidar swallows the second of two changes within 50 ms.
 *
 * Much is lost without a word: what a full kernel queue drops, files in new directories, directories
 * deleted and made again at once, watches that could not be set. So the whole tree is compared now
 * and then, and every change is found at the next comparison at the latest.
 */
class ChokidarEngine implements Engine {
  readonly name = 'chokidar'
  readonly #watchWith: typeof Watch
  readonly #settings: WatchSettings
  readonly #filter: PathFilter
  readonly #sink: HintSink
  readonly #root: string
  readonly #compareMs: number
  readonly #bell = new Bell()
  readonly #directories = new FixedDirectories()
  #watcher: FSWatcher | undefined
  #comparing: NodeJS.Timeout | undefined
  #isReady = false

  constructor(
    watch: typeof Watch,
    settings: WatchSettings,
    filter: PathFilter,
    sink: HintSink,
    compareMs: number,
  ) {
    this.#watchWith = watch
    this.#settings = settings
    this.#compareMs = compareMs
    this.#filter = filter
    this.#sink = sink
    this.#root = resolve(settings.root)
  }

  async start(): Promise<{ readonly directories: number }> {
    this.#watcher = this.#watch()
    await ready(this.#watcher)
    this.#isReady = true
    this.#comparing = setInterval(() => this.#compare(), this.#compareMs)
    return { directories: Object.keys(this.#watcher.getWatched()).length }
  }

  /** Chokidar finds directories by itself, and what it misses is compared soon. */
  cover(): void {}

  doubt(): void {}

  /** Chokidar asks the rules only once, so a second one takes over as soon as it sees everything. */
  rewatch(): void {
    const next = this.#watch()
    next.once('ready', () => {
      void this.#watcher?.close()
      this.#watcher = next
      this.#compare()
    })
  }

  async wait(ms: number): Promise<void> {
    await this.#bell.wait(ms)
  }

  wake(): void {
    this.#bell.ring()
  }

  /** Reports come by themselves, as events of this thread's loop. */
  drain(): void {}

  flushed(): void {
    this.#directories.clear()
  }

  async close(): Promise<void> {
    clearInterval(this.#comparing)
    await this.#watcher?.close()
    this.#bell.ring()
  }

  #watch(): FSWatcher {
    const ignored = (path: string, stats: MaybeStats): boolean =>
      this.#ignores(this.#pathOf(path), stats)
    const watcher = this.#watchWith(this.#root, { ...watchOptions(this.#settings.pollMs), ignored })
    watcher.on('error', (error) => this.#failed(error))
    watcher.on('raw', (_event, name, details: unknown) => this.#heardRaw(name, details))
    watcher.on('all', (report, path) => this.#heard(report, path))
    return watcher
  }

  #ignores(path: BytePath | undefined, stats: MaybeStats): boolean {
    if (path === undefined) return false
    if (stats !== undefined) return !this.#filter.accepts(path, stats.isDirectory())
    return !this.#filter.accepts(path, true) && !this.#filter.accepts(path, false)
  }

  /** What is there at the start is compared anyway; chokidar reports links, although it should not. */
  #heard(report: string, native: string): void {
    if (!this.#isReady) return
    const path = this.#pathOf(native)
    const mask = maskOf(report)
    if (path === undefined || mask === undefined) return
    if (path === '' && report === 'unlinkDir') {
      this.#sink.rootLost(`${this.#settings.root} was removed`)
    } else {
      this.#look(path, mask)
    }
    if (report === 'addDir') this.#sink.below(path, 'directory new')
    this.#bell.ring()
  }

  /** The name is one in the watched directory, or again that of the watched file. */
  #heardRaw(name: string | null, details: unknown): void {
    const watched = watchedPathOf(details)
    const place = this.#pathOf(watched ?? name ?? this.#root)
    if (place === undefined) return
    if (watched === undefined || name === null) {
      this.#look(place, 0)
    } else if (basename(watched) !== name) {
      this.#heardName(place, name)
    } else {
      this.#look(place, 0)
      if (isDirectory(watched)) this.#heardName(place, name)
    }
    this.#bell.ring()
  }

  #heardName(directory: BytePath, name: string): void {
    if (name.includes(NOT_UTF8)) return this.#sink.below(directory, 'polled')
    this.#look(join(directory, fromText(name)), 0)
  }

  #look(path: BytePath, mask: number): void {
    this.#sink.look(this.#directories.at(parentOf(path)), nameOf(path), mask)
  }

  #failed(error: unknown): void {
    this.#sink.problem(chokidarProblem(error, (native) => this.#pathOf(native)))
    this.#bell.ring()
  }

  #compare(): void {
    this.#sink.below('', 'polled')
    this.#bell.ring()
  }

  /** Returns the path below the watch directory; undefined for one that is not. */
  #pathOf(native: string): BytePath | undefined {
    const path = relative(this.#root, native)
    if (path === '..' || path.startsWith(`..${sep}`)) return undefined
    return fromText(sep === '/' ? path : path.replaceAll(sep, '/'))
  }
}

async function ready(watcher: FSWatcher): Promise<void> {
  await new Promise<void>((resolve) => watcher.once('ready', resolve))
}

function watchedPathOf(details: unknown): string | undefined {
  if (typeof details !== 'object' || details === null || !('watchedPath' in details)) {
    return undefined
  }
  return typeof details.watchedPath === 'string' ? details.watchedPath : undefined
}

/** A directory may have an entry of its own name. */
function isDirectory(path: string): boolean {
  try {
    return lstatSync(path).isDirectory()
  } catch {
    return false
  }
}
