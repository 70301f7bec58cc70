import { constants } from 'node:os'

import { isWithin } from '../../model/byte-path.ts'
import type { BytePath } from '../../model/glossary.ts'
import type { HintSink, PathFilter } from '../contract.ts'
import type { HandlePaths } from './handle-paths.ts'
import { cannotFind } from './needs.ts'
import { Absence, type Finder, Place } from './place.ts'
import type { WatchedMount, WatchedMounts } from './watched-mounts.ts'

/** What a directory's handle leads to. */
export interface Known {
  readonly generation: number
  /** None: it is outside of the tree, or rejected, or gone. A file system may be mounted twice. */
  readonly places: readonly Place[]
  readonly isGone: boolean
}

export interface DirectoriesParts {
  readonly paths: HandlePaths
  readonly mounts: WatchedMounts
  readonly filter: PathFilter
  readonly sink: HintSink
}

const FSID_LENGTH = 8
/** Directories remembered at least; twice as many at most. */
const REMEMBERED = 8192

/** No generation: what is known is not to be relied on for the next event. */
const ASK_AGAIN = -1

const { ENOENT, ENOTDIR, ELOOP, ESTALE, ENAMETOOLONG } = constants.errno
/** It, or where its file system was mounted. */
const GONE: ReadonlySet<number> = new Set([ENOENT, ENOTDIR, ELOOP, ESTALE])

/**
 * Where the directories are of which events come. Only those that were heard of lately are
 * remembered, so that memory does not grow with the tree; all are looked up anew after a directory
 * was moved, since everything below it was moved along.
 */
export class Directories implements Finder {
  readonly #parts: DirectoriesParts
  #generation = 0
  #recent = new Map<string, Known>()
  #older = new Map<string, Known>()

  constructor(parts: DirectoriesParts) {
    this.#parts = parts
  }

  get generation(): number {
    return this.#generation
  }

  of(key: string): Known {
    const recent = this.#recent.get(key)
    if (recent !== undefined && recent.generation === this.#generation) return recent
    const before = recent ?? this.#older.get(key)
    const isValid = before !== undefined && before.generation === this.#generation
    return this.#remember(key, isValid ? before : this.#lookUp(key, before))
  }

  /** A directory was deleted. */
  forget(key: string): void {
    this.#recent.delete(key)
    this.#older.delete(key)
  }

  /** Paths may be others than before. */
  doubt(): void {
    this.#generation += 1
  }

  find(mount: WatchedMount, key: string): BytePath | Absence {
    const { mounts, paths } = this.#parts
    const found = mounts.with(mount, (fd) => paths.find(fd, key))
    if (typeof found === 'string') return this.#inTree(found, mount)
    if (GONE.has(found)) return Absence.gone
    return this.#cannotFind(mount, key, found)
  }

  /** Paths that are too long for the kernel to tell, or a lack of descriptors, are no reason to miss it. */
  #cannotFind(mount: WatchedMount, key: string, errno: number): Absence {
    const { mounts, paths, sink } = this.#parts
    const above = mounts.with(mount, (fd) => paths.findAbove(fd, key))
    const nearest = typeof above === 'string' ? this.#inTree(above, mount) : mount.at
    if (typeof nearest !== 'string') return nearest
    sink.below(nearest, 'watch lost')
    if (errno === ENAMETOOLONG) return Absence.unknown
    sink.problem(cannotFind(mount.at, errno))
    return Absence.unknown
  }

  #remember(key: string, known: Known): Known {
    if (this.#recent.size >= REMEMBERED) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(key, known)
    return known
  }

  #lookUp(key: string, before: Known | undefined): Known {
    const places: Place[] = []
    let [isGone, isSure] = [false, true]
    for (const mount of this.#parts.mounts.of(key.slice(0, FSID_LENGTH))) {
      const found = this.find(mount, key)
      if (found === Absence.gone) isGone = true
      if (found === Absence.unknown) isSure = false
      if (typeof found === 'string') places.push(this.#placeAt(found, mount, key, before))
    }
    const generation = isSure ? this.#generation : ASK_AGAIN
    return { generation, places, isGone: isGone && places.length === 0 }
  }

  /** The same object for the same directory, so that names are gathered by it. */
  #placeAt(path: BytePath, mount: WatchedMount, key: string, before: Known | undefined): Place {
    const known = before?.places.find((place) => place.mount.at === mount.at)
    if (known === undefined) return new Place(this, mount, key, path)
    known.foundAt(path)
    return known
  }

  #inTree(absolute: BytePath, mount: WatchedMount): BytePath | Absence {
    const { rootPath } = this.#parts.mounts
    if (!isWithin(absolute, rootPath) && rootPath !== '/') return Absence.outside
    const path = absolute.slice(rootPath === '/' ? 1 : rootPath.length + 1)
    return isWithin(path, mount.at) && this.#parts.filter.walks(path) ? path : Absence.outside
  }
}
