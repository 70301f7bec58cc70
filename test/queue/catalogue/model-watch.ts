import { join } from '../../../dist/model/byte-path.js'
import type { BytePath } from '../../../dist/model/glossary.js'
import { DirectoryFlag, type PacketWriter } from '../../../dist/model/packet.js'
import { type Sighting } from '../../../dist/model/sighting.js'
import { file, gone } from '../../support/sightings.ts'
import type { Hint, ModelTree } from './model-tree.ts'

/** Names of a directory in one part. */
const PART = 2

interface Listing {
  readonly path: BytePath
  readonly names: BytePath[]
  isFirst: boolean
}

/** What the watch thread would write of a {@link ModelTree}. */
export class ModelWatch {
  readonly #tree: ModelTree
  /** The last path of each directory: hints at one that is gone are told by it. */
  readonly #paths = new Map<number, BytePath>()
  #left: BytePath[] = []
  #listing: Listing | undefined
  #crawl = 0
  #isLost = false

  constructor(tree: ModelTree) {
    this.#tree = tree
  }

  get isCrawling(): boolean {
    return this.#left.length > 0 || this.#listing !== undefined
  }

  /** Notes where directories are, before something happens to them. */
  note(): void {
    for (const [path, { ino, isDirectory }] of this.#tree.nodes)
      if (isDirectory) this.#paths.set(ino, path)
  }

  /** The kernel's queue overflows: what was in it is lost. */
  overflow(): void {
    this.#tree.hints = []
    this.#tree.renames = []
    this.#isLost = true
  }

  /** Nobody watches any more; what happens is seen by whoever compares. */
  stop(): void {
    this.overflow()
    this.#isLost = false
    this.#left = []
    this.#listing = undefined
  }

  /** Tells what was hinted at; all of it may be told once more. */
  flush(writer: PacketWriter, isAgain: boolean): void {
    const { hints, renames } = this.#tree
    for (const { from, to } of renames) writer.renamed(from, to)
    if (this.#isLost) writer.below('', 'overflow')
    this.#isLost = false
    for (const [directory, group] of byDirectory(hints)) this.#group(writer, directory, group)
    this.#tree.renames = []
    if (!isAgain) this.#tree.hints = []
  }

  begin(path: BytePath, writer: PacketWriter): void {
    this.#crawl++
    const [parent, name] = splitPath(path)
    writer.directory(parent, DirectoryFlag.hints)
    writer.sighting(this.#look(parent, name, 0))
    this.#listing = undefined
    this.#left = this.#tree.nodes.get(path)?.isDirectory === true ? [path] : []
  }

  /** Lists one part of one directory; false after the last one, which ends the crawl. */
  step(writer: PacketWriter): boolean {
    this.#listing ??= this.#enter(writer)
    if (this.#listing !== undefined) {
      this.#listPart(this.#listing, writer)
      return true
    }
    if (this.#left.length > 0) return true
    writer.crawled(this.#crawl, 1, 1)
    return false
  }

  #group(writer: PacketWriter, directory: number, hints: readonly Hint[]): void {
    const path = this.#tree.pathOf(directory) ?? this.#paths.get(directory)
    if (path === undefined) return
    writer.directory(path, DirectoryFlag.hints)
    for (const [name, mask] of coalesced(hints)) {
      writer.sighting(this.#isThere(directory) ? this.#look(path, name, mask) : gone(name, mask))
    }
  }

  #isThere(directory: number): boolean {
    return this.#tree.pathOf(directory) !== undefined
  }

  #enter(writer: PacketWriter): Listing | undefined {
    const path = this.#left.pop()
    if (path === undefined) return undefined
    if (this.#tree.nodes.get(path)?.isDirectory !== true) {
      writer.directory(path, DirectoryFlag.vanished)
      return undefined
    }
    return { path, names: this.#tree.names(path), isFirst: true }
  }

  #listPart(listing: Listing, writer: PacketWriter): void {
    const { path, names } = listing
    if (this.#tree.nodes.get(path)?.isDirectory !== true) {
      this.#listing = undefined
      writer.directory(path, DirectoryFlag.vanished)
      return
    }
    const part = names.splice(0, PART)
    const isLast = part.length < PART
    writer.directory(path, flagOf(listing.isFirst, isLast))
    for (const name of part) {
      const sighting = this.#look(path, name, 0)
      writer.sighting(sighting)
      if (this.#tree.nodes.get(join(path, name))?.isDirectory === true)
        this.#left.push(join(path, name))
    }
    listing.isFirst = false
    if (isLast) this.#listing = undefined
  }

  #look(directory: BytePath, name: BytePath, mask: number): Sighting {
    const node = this.#tree.nodes.get(name === '' ? directory : join(directory, name))
    if (node === undefined) return gone(name, mask)
    const { ino, size, mtime, ctime, isDirectory } = node
    const mode = node.mode | (isDirectory ? 0o040000 : 0o100000)
    return file(name, { ino, size, mtime, ctime, mode, mask, racy: ctime >= this.#tree.now })
  }
}

function flagOf(isFirst: boolean, isLast: boolean): DirectoryFlag {
  if (isFirst) return isLast ? DirectoryFlag.whole : DirectoryFlag.firstPart
  return isLast ? DirectoryFlag.lastPart : DirectoryFlag.part
}

function splitPath(path: BytePath): readonly [BytePath, BytePath] {
  const slash = path.lastIndexOf('/')
  return [slash === -1 ? '' : path.slice(0, slash), path.slice(slash + 1)]
}

function byDirectory(hints: readonly Hint[]): Map<number, Hint[]> {
  const groups = new Map<number, Hint[]>()
  for (const hint of hints)
    groups.set(hint.directory, [...(groups.get(hint.directory) ?? []), hint])
  return groups
}

function coalesced(hints: readonly Hint[]): Map<BytePath, number> {
  const names = new Map<BytePath, number>()
  for (const { name, mask } of hints) names.set(name, (names.get(name) ?? 0) | mask)
  return names
}
