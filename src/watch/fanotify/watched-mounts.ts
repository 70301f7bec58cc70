import { readFileSync } from 'node:fs'
import { constants } from 'node:os'

import { errnoOf } from '../../errors.ts'
import { isWithin } from '../../model/byte-path.ts'
import type { BytePath } from '../../model/glossary.ts'
import type { HintSink, PathFilter } from '../contract.ts'
import type { Libc } from '../linux/libc.ts'
import { mountPointsBelow } from '../linux/mount-points.ts'
import type { RootDirectory } from '../linux/root-directory.ts'
import { Look } from '../linux/statx.ts'
import { directoryProblem } from '../problem.ts'
import type { HandlePaths } from './handle-paths.ts'
import type { KernelGroup } from './kernel-group.ts'
import { markFrom } from './mark-above.ts'
import { cannotMark, cannotMarkMount, cannotResolve, mountNotMarked } from './needs.ts'

/** A file system of which at least a part is in the tree. */
export interface WatchedMount {
  /** Where it is mounted; `''`: what the watch directory itself is on. */
  readonly at: BytePath
  /** Identity of the file system, as its events have it. */
  readonly fsid: string
}

export interface MountsParts {
  readonly libc: Libc
  readonly root: RootDirectory
  readonly group: KernelGroup
  readonly paths: HandlePaths
  readonly filter: PathFilter
  readonly sink: HintSink
  /** What cannot be marked at the start is an error, no problem. */
  readonly needsEveryMount: boolean
}

interface MountBelow {
  readonly identity: string
  /** Undefined: it cannot be watched. */
  readonly mount: WatchedMount | undefined
}

type OnUnmarked = (at: BytePath, errno: number) => void

const FSID_LENGTH = 8
const { EIO } = constants.errno
const MOUNTINFO = '/proc/self/mountinfo'

/**
 * The marked file systems: the one of the watch directory, and those mounted below it, which come
 * and go. The latter are open only while they are asked, or they could not be unmounted.
 */
export class WatchedMounts {
  /** Absolute path of the watch directory, without symlinks. */
  rootPath: BytePath = ''
  /** What its events would have as key. */
  rootKey = ''
  readonly #parts: MountsParts
  /** What tells it from another directory at its path. */
  #rootIdentity = ''
  #rootFd = -1
  #below = new Map<BytePath, MountBelow>()
  readonly #byFileSystem = new Map<string, WatchedMount[]>()
  readonly #look: Look

  constructor(parts: MountsParts) {
    this.#parts = parts
    this.#look = new Look(parts.libc)
  }

  /**
   * Marks what there is now. Throws ClsyncError `engine` if the watch directory cannot be watched, or
   * a mount that is needed; an Error with `code` if it cannot be opened.
   */
  begin(): void {
    const { root, group, paths, needsEveryMount } = this.#parts
    const fd = root.open('')
    this.#rootFd = fd
    const fsid = markFrom(fd, this.#parts)
    if (typeof fsid === 'number') throw cannotMark(fsid)
    const key = paths.keyOf(fd)
    if (typeof key === 'number') throw cannotResolve(key)
    const path = paths.find(fd, key)
    if (typeof path === 'number') throw cannotResolve(path)
    group.markSelf(fd)
    this.#rootIdentity = key
    this.rootKey = fsid + key.slice(FSID_LENGTH)
    this.rootPath = path
    this.#below = this.#readMounts(needsEveryMount ? refuse : this.#tellUnmarked)
    this.#index()
  }

  /** Marked file systems. */
  get size(): number {
    return this.#byFileSystem.size
  }

  /** The mounts of a file system. */
  of(fsid: string): readonly WatchedMount[] {
    return this.#byFileSystem.get(fsid) ?? []
  }

  /** Calls back with a descriptor on the mount. Returns the errno when there is none. */
  with<T>(mount: WatchedMount, use: (fd: number) => T): T | number {
    if (mount.at === '') return this.#withRoot(use)
    const fd = this.#open(mount.at)
    if (typeof fd !== 'number') return numberOf(fd)
    try {
      return use(fd)
    } finally {
      this.#parts.libc.close(fd)
    }
  }

  /** Looks at where the watch directory is now; says whether that is another path than before. */
  findRoot(): boolean {
    const path = this.#withRoot((fd) => this.#parts.paths.pathOf(fd))
    if (typeof path !== 'string' || path === this.rootPath) return false
    this.rootPath = path
    return true
  }

  /** Says whether the path of the watch directory still leads to it. */
  isRootThere(): boolean {
    return this.#withRoot((fd) => this.#parts.paths.keyOf(fd)) === this.#rootIdentity
  }

  /** Marks what was mounted meanwhile, and has what came and went compared. */
  refresh(): void {
    const before = this.#below
    this.findRoot()
    this.#withRoot((fd) => markFrom(fd, this.#parts))
    this.#below = this.#readMounts(this.#tellUnmarked)
    this.#index()
    const { sink } = this.#parts
    for (const [at, { identity }] of this.#below) {
      if (before.get(at)?.identity !== identity) sink.below(at, 'directory replaced')
    }
    for (const at of before.keys()) if (!this.#below.has(at)) sink.below(at, 'watch lost')
  }

  /** A directory was moved away from a path; mount points below it have come along. */
  movedFrom(directory: BytePath): void {
    for (const at of this.#below.keys()) {
      if (isWithin(at, directory)) return this.refresh()
    }
  }

  /** Lets go of the watch directory until it is used again: while it is open, it cannot be unmounted. */
  rest(): void {
    if (this.#rootFd >= 0) this.#parts.libc.close(this.#rootFd)
    this.#rootFd = -1
    this.#parts.root.rest()
  }

  #withRoot<T>(use: (fd: number) => T): T | number {
    if (this.#rootFd < 0) {
      const fd = this.#open('')
      if (typeof fd !== 'number') return numberOf(fd)
      this.#rootFd = fd
    }
    return use(this.#rootFd)
  }

  #readMounts(onUnmarked: OnUnmarked): Map<BytePath, MountBelow> {
    const mounts = new Map<BytePath, MountBelow>()
    const mountinfo = readFileSync(MOUNTINFO, 'latin1')
    for (const [at, ids] of mountPointsBelow(mountinfo, this.rootPath)) {
      if (this.#parts.filter.walks(at)) mounts.set(at, this.#mark(at, ids, onUnmarked))
    }
    return mounts
  }

  /** Also where one was marked before: ids of mounts are used again, and a mark goes with its mount. */
  #mark(at: BytePath, ids: string, onUnmarked: OnUnmarked): MountBelow {
    const known = this.#below.get(at)
    const fd = this.#open(at)
    if (typeof fd !== 'number') {
      this.#tellUnread(at, fd)
      return known?.identity.startsWith(`${ids} `) === true
        ? known
        : { identity: ids, mount: undefined }
    }
    const fsid = markFrom(fd, this.#parts)
    const identity = `${ids} ${this.#look.mountOf(fd)} ${fsid}`
    this.#parts.libc.close(fd)
    if (typeof fsid === 'string') return { identity, mount: { at, fsid } }
    if (known?.identity !== identity) onUnmarked(at, fsid)
    return { identity, mount: undefined }
  }

  readonly #tellUnmarked: OnUnmarked = (at, errno) =>
    this.#parts.sink.problem(mountNotMarked(at, errno))

  #open(at: BytePath): number | Error {
    try {
      return this.#parts.root.open(at)
    } catch (error) {
      if (error instanceof Error) return error
      throw error
    }
  }

  /** Files can be mounted too: what happens in them is told where they come from. */
  #tellUnread(at: BytePath, error: Error): void {
    const errno = errnoOf(error)
    if (errno === 'ENOTDIR' || errno === 'ENOENT') return
    this.#parts.sink.problem(directoryProblem(at, error))
  }

  #index(): void {
    this.#byFileSystem.clear()
    const fsid = this.rootKey.slice(0, FSID_LENGTH)
    this.#byFileSystem.set(fsid, [{ at: '', fsid }])
    for (const { mount } of this.#below.values()) {
      if (mount === undefined) continue
      const known = this.#byFileSystem.get(mount.fsid)
      if (known === undefined) this.#byFileSystem.set(mount.fsid, [mount])
      else known.push(mount)
    }
  }
}

function refuse(at: BytePath, errno: number): never {
  throw cannotMarkMount(at, errno)
}

function numberOf(error: Error): number {
  return (constants.errno as Readonly<Record<string, number>>)[errnoOf(error) ?? ''] ?? EIO
}
