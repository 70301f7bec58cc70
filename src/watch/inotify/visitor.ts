import { errnoName } from '../../errors.ts'
import { display, isWithin } from '../../model/byte-path.ts'
import type { BytePath } from '../../model/glossary.ts'
import type { WatchProblem } from '../contract.ts'
import type { RootDirectory } from '../linux/root-directory.ts'
import { Look } from '../linux/statx.ts'
import { systemError } from '../system-error.ts'
import { directoryProblem } from '../problem.ts'
import { ROOT } from './directory-table.ts'
import { NONE } from './slots.ts'
import type { Arrival, Walk, WalkParts } from './walk.ts'
import type { KeeperParts, WatchKeeper } from './watch-keeper.ts'
import { WatchLimit } from './watch-limit.ts'

/** What a visit works with. */
export interface VisitorParts extends WalkParts, KeeperParts {
  readonly root: RootDirectory
  readonly keeper: WatchKeeper
  readonly walk: Walk
}

/**
 * Why a directory is visited, which says what happens when it is new:
 *
 * - `walk`: it is listed for the directories in it, nothing is told
 * - `cover`: a crawler is about to list it
 * - `compare`: it may have been known before: what is in it has to be compared
 * - an arrival: it was made just now, what is in it is told name by name
 */
export type Purpose = 'walk' | 'cover' | 'compare' | Arrival

/** A visit that failed. */
interface Attempt {
  readonly purpose: Purpose
  /** Nobody has opened it yet, but its name may be watched. */
  readonly isUnlisted: boolean
}

const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP'])

/**
 * Brings the table and the kernel's watches in line with what is at one path now, so that it does
 * not matter how late or how often somebody says that a directory is there: it is opened, the open
 * one is watched, and the watch that the kernel answers with says whether it is the directory that
 * the table has there.
 */
export class Visitor {
  readonly #parts: VisitorParts
  readonly #look: Look
  readonly #limit: WatchLimit
  /** Second places of directories that are mounted twice, as far as they were told. */
  readonly #twins: BytePath[] = []

  constructor(parts: VisitorParts) {
    this.#parts = parts
    this.#look = new Look(parts.libc)
    this.#limit = new WatchLimit(parts.table)
  }

  /** Watches what is at the directory's path and lists it if it is new; says whether it is there. */
  visit(slot: number, purpose: Purpose): boolean {
    const { table, libc, walk } = this.#parts
    if (!table.isInPlace(slot)) {
      if (purpose === 'compare') this.#compare(slot)
      if (purpose !== 'cover') walk.defer(slot, arrivalOf(purpose))
      return false
    }
    const isUnlisted = table.isUnlisted(slot)
    table.markListed(slot)
    const directory = this.#open(slot)
    if (directory < 0) {
      this.#cannotOpen(slot, errnoName(-directory), { purpose, isUnlisted })
      return false
    }
    const isNew = this.#watch(slot, directory)
    let hasDirectories = false
    if (purpose === 'cover') this.#prune(slot, directory)
    else if (isNew || (isUnlisted && !table.isRemoved(slot))) {
      hasDirectories = this.#list(slot, directory, purpose)
    }
    if (purpose === 'compare' && (isNew || hasDirectories)) this.#compare(slot)
    libc.close(directory)
    return true
  }

  exists(slot: number): boolean {
    const directory = this.#open(slot)
    if (directory >= 0) this.#parts.libc.close(directory)
    return directory >= 0
  }

  /** Tells what there is to tell of the limit of watches. */
  tellLimit(): void {
    const problem = this.#limit.problem()
    if (problem !== undefined) this.#parts.sink.problem(problem)
  }

  /** Returns second places that were told, and takes them for news again. */
  takeTwins(): readonly BytePath[] {
    return this.#twins.splice(0)
  }

  #open(slot: number): number {
    const { table, root } = this.#parts
    return root.openComposed(table.pathInto(slot, root.path.bytes))
  }

  #cannotOpen(slot: number, errno: string, { purpose, isUnlisted }: Attempt): void {
    const { table, keeper, walk } = this.#parts
    if (!GONE.has(errno)) {
      // A crawler tells it itself when it fails to list the directory.
      if (purpose !== 'cover') this.#tell(slot, 'open', errno)
    } else if (slot !== ROOT && table.watchOf(slot) === NONE) {
      keeper.drop(slot)
    } else {
      // It or a directory above it was moved on. Whoever hears of that will have it covered.
      keeper.distrust(slot)
      if (isUnlisted) walk.defer(slot, arrivalOf(purpose))
    }
  }

  /** Watches an open directory; says whether it is one that the table did not have here. */
  #watch(slot: number, directory: number): boolean {
    const { table, kernel, keeper } = this.#parts
    const watch = kernel.add(directory)
    if (watch < 0) return this.#cannotWatch(slot, errnoName(-watch))
    keeper.trust(slot)
    const before = table.watchOf(slot)
    if (watch === before) return false
    keeper.foundByPath()
    const other = table.byWatch(watch)
    if (other !== NONE) return this.#recognize(slot, other, directory)
    if (before !== NONE) this.#replace(slot, before)
    table.setWatch(slot, watch)
    return true
  }

  /** What is below may still be watched, so it is listed. */
  #cannotWatch(slot: number, errno: string): boolean {
    const { table } = this.#parts
    if (errno === 'ENOSPC') this.#limit.reachedAt(table.path(slot))
    else this.#tell(slot, 'watch', errno)
    return table.watchOf(slot) === NONE
  }

  /** Another directory took the place of one that was watched. */
  #replace(slot: number, before: number): void {
    const { table, kernel, keeper, sink } = this.#parts
    sink.below(table.path(slot), 'directory replaced')
    keeper.dropBelow(slot)
    kernel.remove(before)
  }

  /** The open directory is watched already, as `other`: it was moved here, or is mounted twice. */
  #recognize(slot: number, other: number, directory: number): false {
    const { table, keeper, sink } = this.#parts
    if (table.isInPlace(other) && this.#isStill(other, directory)) {
      // Both at once, or it was moved from here to there between the two looks.
      if (this.#isStill(slot, directory)) this.#tellTwin(table.path(slot), table.path(other))
      keeper.drop(slot)
      return false
    }
    const name = Buffer.from(table.name(slot), 'latin1')
    keeper.place(other, table.parentOf(slot), name, 0, name.length)
    if (table.isRemoved(other)) return false
    keeper.trust(other)
    sink.below(table.path(other), 'directory moved')
    keeper.dropRejected(other)
    return false
  }

  /** What is below a twin is one, too. */
  #tellTwin(path: BytePath, known: BytePath): void {
    if (this.#twins.some((twin) => isWithin(path, twin))) return
    this.#twins.push(path)
    this.#parts.sink.problem(mountedTwice(path, known))
  }

  /** Says whether the open directory is also at the path that the table has for this one. */
  #isStill(slot: number, directory: number): boolean {
    if (this.#look.itself(directory) !== 0) return false
    const { device, inode } = this.#look
    const there = this.#open(slot)
    if (there < 0) return false
    const failed = this.#look.itself(there) !== 0
    this.#parts.libc.close(there)
    return !failed && this.#look.device === device && this.#look.inode === inode
  }

  /** Drops directories that are not there any more, whose going was missed. */
  #prune(slot: number, directory: number): void {
    const { table, root, keeper } = this.#parts
    if (table.isRemoved(slot)) return
    for (let child = table.firstChild(slot), next; child !== NONE; child = next) {
      next = table.nextSibling(child)
      root.path.bytes.write(`${table.name(child)}\0`, 'latin1')
      const errno = this.#look.at(directory, root.path.address)
      const isThere = errno === 0 ? this.#look.isDirectory : !GONE.has(errnoName(errno))
      if (!isThere) keeper.drop(child)
    }
  }

  #compare(slot: number): void {
    const { table, sink } = this.#parts
    sink.below(table.path(slot), 'directory new')
  }

  /** Says whether there may be directories in it. */
  #list(slot: number, directory: number, purpose: Purpose): boolean {
    const { walk } = this.#parts
    const arrival = arrivalOf(purpose)
    if (!walk.mustList(directory, arrival)) return false
    const errno = walk.list(slot, directory, arrival)
    if (errno !== 0 && !GONE.has(errnoName(errno))) this.#tell(slot, 'list', errnoName(errno))
    return true
  }

  #tell(slot: number, call: string, errno: string): void {
    const { table, sink } = this.#parts
    const path = table.path(slot)
    sink.problem(directoryProblem(path, systemError(errno, call, path)))
  }
}

function arrivalOf(purpose: Purpose): Arrival | undefined {
  return typeof purpose === 'string' ? undefined : purpose
}

function mountedTwice(path: BytePath, known: BytePath): WatchProblem {
  return {
    path,
    errno: 'EEXIST',
    message: `${display(path)} is the same directory as ${display(known)}`,
    hint: `inotify tells of it only as ${display(known)}: use --fanotify, or reject one of them`,
  }
}
