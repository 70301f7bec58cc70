import { errnoOf } from '../errors.ts'
import type { BytePath } from '../model/glossary.ts'
import { DirectoryFlag, type PacketWriter } from '../model/packet.ts'
import { emptySighting } from '../model/sighting.ts'
import type { WatchProblem } from './contract.ts'
import { isGone } from './lookout.ts'
import type { Lookout } from './lookout.ts'
import { directoryProblem } from './problem.ts'
import type { NameKind, OpenDirectory, TreeReader } from './tree-reader.ts'

/** Most names of one directory in one packet; a larger one is told in parts. */
const PART = 20_000
/** Names between two looks at the clock. */
const STRIDE = 512
const NO_NAME = Buffer.alloc(0)

export interface ListingParts {
  readonly reader: TreeReader
  readonly writer: PacketWriter
  readonly lookout: Lookout
  readonly problem: (problem: WatchProblem) => void
}

/** Lists one directory and looks at every name, a stride at a time. */
export class Listing {
  readonly path: BytePath
  /** Names of the directories in it that are to be walked. */
  readonly directories: BytePath[] = []
  /** Names found. */
  entries = 0
  readonly #parts: ListingParts
  readonly #names: Buffer[] = []
  readonly #kinds: NameKind[] = []
  #open: OpenDirectory | undefined
  /** Place of the directory's record in the packet; undefined between two parts. */
  #record: number | undefined
  /** Names written since that record. */
  #written = 0
  #isFirstPart = true

  constructor(path: BytePath, parts: ListingParts) {
    this.path = path
    this.#parts = parts
  }

  /** Says whether a part is half written, so that nothing else may be written now. */
  get isInside(): boolean {
    return this.#record !== undefined
  }

  /**
   * Says whether some parts are written and others are not. A hint at this directory told between
   * two parts could be contradicted by the next one, which may have been read before.
   */
  get isPartly(): boolean {
    return !this.#isFirstPart
  }

  /** Lists the next stride; says whether there may be more. */
  step(): boolean {
    try {
      this.#open ??= this.#parts.reader.open(this.path)
      if (this.isPartly && !this.isInside && this.#hasMoved(this.#open)) return this.#vanished()
      const count = this.#open.next(this.#names, this.#kinds, STRIDE)
      if (count > 0) return this.#write(this.#open, inOrder(this.#names, count))
      if (!this.isInside) this.#begin()
      return this.#end()
    } catch (error) {
      return this.#failed(error)
    }
  }

  close(): void {
    this.#open?.close()
    this.#open = undefined
  }

  #write(open: OpenDirectory, names: readonly Buffer[]): true {
    const { lookout, writer } = this.#parts
    const record = this.#record ?? this.#begin()
    lookout.refresh()
    for (const name of names) {
      if (lookout.sight(open, name, 0)) this.directories.push(name.toString('latin1'))
    }
    this.entries += names.length
    this.#written += names.length
    if (this.#written < PART) return true
    // There may be more names; if not, an empty last part says so.
    writer.reflag(record, this.#isFirstPart ? DirectoryFlag.firstPart : DirectoryFlag.part)
    this.#record = undefined
    this.#written = 0
    this.#isFirstPart = false
    return true
  }

  #begin(): number {
    const flag = this.#isFirstPart ? DirectoryFlag.whole : DirectoryFlag.lastPart
    this.#record = this.#parts.lookout.begin(this.path, flag)
    return this.#record
  }

  #end(): false {
    this.#record = undefined
    this.close()
    return false
  }

  #vanished(): false {
    this.#parts.writer.directory(this.path, DirectoryFlag.vanished)
    return this.#end()
  }

  /** What was written of the part stands for itself, and nothing is said of the rest. */
  #failed(error: unknown): false {
    if (errnoOf(error) === undefined) throw error
    const { writer, problem } = this.#parts
    if (this.#record !== undefined) writer.reflag(this.#record, DirectoryFlag.hints)
    if (isGone(error)) return this.#vanished()
    writer.directory(this.path, DirectoryFlag.unreadable)
    problem(directoryProblem(this.path, error))
    return this.#end()
  }

  /** Says whether the path leads elsewhere by now: no further part can be told by it. */
  #hasMoved(open: OpenDirectory): boolean {
    const there = this.#parts.reader.open(this.path)
    const moved = inodeOf(there) !== inodeOf(open)
    there.close()
    return moved
  }
}

/**
 * Names in the order of their bytes: the catalogue keeps them so, and what is written in the order
 * in which it is kept fills its pages.
 */
function inOrder(names: readonly Buffer[], count: number): Buffer[] {
  return names.slice(0, count).sort((one, other) => Buffer.compare(one, other))
}

function inodeOf(open: OpenDirectory): number {
  const itself = emptySighting()
  open.look(NO_NAME, itself)
  return itself.ino
}
