import { errnoOf } from '../errors.ts'
import { display, nameOf, parentOf, toBytes } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'
import { IN_ISDIR } from '../model/mask.ts'
import { DirectoryFlag, LONGEST_PATH, type PacketWriter } from '../model/packet.ts'
import { emptySighting, SightingFlag } from '../model/sighting.ts'
import type { NameFilter, WatchProblem } from './contract.ts'
import type { CtimeClock } from './ctime-clock.ts'
import type { Filter } from './filter.ts'
import { KnownClocks } from './known-clocks.ts'
import { systemError } from './system-error.ts'
import { directoryProblem } from './problem.ts'
import { isRacy } from './racy.ts'
import type { OpenDirectory, TreeReader } from './tree-reader.ts'

const FORMAT = 0o170_000
const DIRECTORY = 0o040_000
const NO_NAME = Buffer.alloc(0)
/** Bytes of a path that is too long to be shown. */
const SHOWN = 200

export interface LookoutParts {
  /** The watch directory, as the process can open it. */
  readonly root: string
  readonly reader: TreeReader
  readonly writer: PacketWriter
  readonly filter: Filter
  readonly problem: (problem: WatchProblem) => void
}

/**
 * Looks at names now and writes what it sees. Names the rules reject are written with the flag
 * `rejected`. One that is gone has it too when the rules reject what the hint took it for: nobody
 * needs to hear that it went, unless it was recorded before.
 */
export class Lookout {
  readonly #parts: LookoutParts
  readonly #clocks: KnownClocks
  readonly #sighting = emptySighting()
  #directory: BytePath = ''
  #accepts: NameFilter | undefined
  #lookedAt = 0
  /** It was told that nothing in the directory begun can be looked at. */
  #isForbidden = false

  constructor(parts: LookoutParts) {
    this.#parts = parts
    this.#clocks = new KnownClocks(parts.root)
  }

  /** Begins a directory in the packet; returns its place for `reflag`. */
  begin(directory: BytePath, flag: DirectoryFlag): number {
    this.#directory = directory
    this.#isForbidden = false
    this.#accepts = this.#parts.filter.within(directory)
    this.refresh()
    return this.#parts.writer.directory(directory, flag)
  }

  /** Takes the time again: the older it is, the more files count as racy. */
  refresh(): void {
    this.#lookedAt = Date.now()
  }

  /** Writes what is at a name of the directory begun; says whether it is a directory to walk. */
  sight(open: OpenDirectory, name: Buffer, mask: number): boolean {
    const sighting = this.#sighting
    sighting.name = name
    sighting.mask = mask
    if (!hasRoom(this.#directory, name)) return this.#leaveOut()
    const errno = open.look(name, sighting)
    if (errno !== undefined) this.#cannotLook(errno)
    if ((sighting.flags & SightingFlag.present) === 0) {
      this.#writeAbsent(sighting.flags)
      return false
    }
    const isDirectory = (sighting.mode & FORMAT) === DIRECTORY
    const rejected = this.#rejects(name, isDirectory)
    if (rejected) sighting.flags |= SightingFlag.rejected
    if (isRacy(sighting, this.#lookedAt, this.#clockHere)) sighting.flags |= SightingFlag.racy
    this.#parts.writer.sighting(sighting)
    return isDirectory && !rejected
  }

  /** Looks at hinted names of a directory, as a group of their own. */
  sightHints(directory: BytePath, hints: Iterable<readonly [BytePath, number]>): void {
    if (!hasRoom(directory, NO_NAME)) {
      this.#tooLong(directory)
      // Who gives them takes them from its stock one by one.
      for (const _ of hints);
      return
    }
    this.begin(directory, DirectoryFlag.hints)
    const open = this.#open(directory)
    if (typeof open === 'number') {
      for (const [name, mask] of hints) this.#missed(toBytes(name), mask, open)
      return
    }
    try {
      for (const [name, mask] of hints) this.sight(open, toBytes(name), mask)
    } finally {
      open.close()
    }
  }

  /** Looks at one path, as a group of its own; says whether it is a directory to walk. */
  sightPath(path: BytePath, mask: number): boolean {
    const directory = parentOf(path)
    if (!hasRoom(directory, NO_NAME)) return this.#tooLong(directory)
    this.begin(directory, DirectoryFlag.hints)
    const name = path === '' ? NO_NAME : toBytes(nameOf(path))
    const open = this.#open(directory)
    if (typeof open === 'number') return this.#missed(name, mask, open)
    try {
      return this.sight(open, name, mask)
    } finally {
      open.close()
    }
  }

  /** Returns the flag for all names of a directory that cannot be opened. */
  #open(directory: BytePath): OpenDirectory | number {
    try {
      return this.#parts.reader.open(directory)
    } catch (error) {
      if (isGone(error)) return SightingFlag.gone
      this.#parts.problem(directoryProblem(directory, error))
      return SightingFlag.unknown
    }
  }

  /** Who may list a directory, but not search it, cannot look at any name in it. */
  #cannotLook(errno: string): void {
    if (errno !== 'EACCES' || this.#isForbidden) return
    this.#isForbidden = true
    const error = systemError(errno, 'look into', this.#directory)
    this.#parts.problem(directoryProblem(this.#directory, error))
  }

  /** In a listing the name is there all the same, or it would count as deleted. */
  #leaveOut(): false {
    if (this.#sighting.mask === 0) this.#writeAbsent(SightingFlag.unknown)
    return this.#tooLong(this.#directory)
  }

  #tooLong(directory: BytePath): false {
    this.#parts.problem(tooLong(directory))
    return false
  }

  #missed(name: Buffer, mask: number, flag: number): false {
    if (!hasRoom(this.#directory, name)) return this.#tooLong(this.#directory)
    this.#sighting.name = name
    this.#sighting.mask = mask
    this.#writeAbsent(flag)
    return false
  }

  #writeAbsent(flag: number): void {
    const sighting = this.#sighting
    const rejected =
      flag === SightingFlag.gone && this.#rejects(sighting.name, (sighting.mask & IN_ISDIR) !== 0)
    sighting.flags = rejected ? flag | SightingFlag.rejected : flag
    this.#parts.writer.sighting(sighting)
  }

  #rejects(name: Buffer, isDirectory: boolean): boolean {
    if (this.#accepts === undefined || name.length === 0) return false
    return !this.#accepts(name.toString('latin1'), isDirectory)
  }

  readonly #clockHere = (): CtimeClock => this.#clocks.of(this.#directory)
}

/** Says whether an error of opening a directory means that it is no longer one. */
export function isGone(error: unknown): boolean {
  const errno = errnoOf(error)
  return errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'ELOOP'
}

function hasRoom(directory: BytePath, name: Buffer): boolean {
  return directory.length + 1 + name.length <= LONGEST_PATH
}

/** Nobody could be told of what is in it: neither a script nor the kernel takes such a path. */
function tooLong(directory: BytePath): WatchProblem {
  const begin = directory.slice(0, SHOWN)
  return {
    path: begin,
    errno: 'ENAMETOOLONG',
    message: `what is too deep in ${display(begin)}... is not told: its path is longer than ${LONGEST_PATH} bytes`,
    hint: 'shorten the path',
  }
}
