import { errnoName } from '../../errors.ts'
import type { BytePath } from '../../model/glossary.ts'
import { LONGEST_NAME } from '../../model/packet.ts'
import { type Sighting, SightingFlag } from '../../model/sighting.ts'
import type { NameKind, OpenDirectory, TreeReader } from '../tree-reader.ts'
import { allocateListing, DirectoryListing } from './directory-listing.ts'
import type { Libc } from './libc.ts'
import type { NativeMemory } from './native-memory.ts'
import { RootDirectory } from './root-directory.ts'
import { Look } from './statx.ts'
import { systemError } from '../system-error.ts'

/** Reads the tree with Linux system calls: names as bytes, nothing allocated for a look. */
export class LinuxTreeReader implements TreeReader {
  readonly #libc: Libc
  readonly #root: RootDirectory
  readonly #look: Look
  readonly #name: NativeMemory
  /** Listings of closed directories, for the next ones. */
  readonly #listings: DirectoryListing[] = []

  /** Throws an Error with `code` if the root cannot be opened. */
  constructor(libc: Libc, root: string) {
    this.#libc = libc
    this.#root = new RootDirectory(libc, root)
    this.#look = new Look(libc)
    this.#name = libc.allocate(LONGEST_NAME + 1)
  }

  open(directory: BytePath): OpenDirectory {
    return new LinuxDirectory(this, this.#root.open(directory), directory)
  }

  rest(): void {
    this.#root.rest()
  }

  /** Lists an open directory; give the listing back when the directory is closed. */
  takeListing(fd: number): DirectoryListing {
    const listing =
      this.#listings.pop() ?? new DirectoryListing(this.#libc, allocateListing(this.#libc))
    listing.begin(fd)
    return listing
  }

  closeDirectory(fd: number, listing: DirectoryListing | undefined): void {
    if (listing !== undefined) this.#listings.push(listing)
    this.#libc.close(fd)
  }

  look(
    fd: number,
    name: Buffer,
    listing: DirectoryListing | undefined,
    into: Sighting,
  ): string | undefined {
    if (name.length > LONGEST_NAME) {
      into.flags = SightingFlag.gone
      return undefined
    }
    const errno = this.#look.at(fd, this.#addressOf(name, listing))
    this.#look.tell(errno, into)
    return into.flags === SightingFlag.unknown ? errnoName(errno) : undefined
  }

  /** Names that were just listed are NUL-terminated in memory already. */
  #addressOf(name: Buffer, listing: DirectoryListing | undefined): number {
    if (listing !== undefined && name.buffer === listing.memory.bytes.buffer) {
      return listing.memory.address + name.byteOffset
    }
    const { bytes, address } = this.#name
    const length = name.copy(bytes)
    bytes[length] = 0
    return address
  }
}

class LinuxDirectory implements OpenDirectory {
  readonly #reader: LinuxTreeReader
  readonly #fd: number
  readonly #path: BytePath
  #listing: DirectoryListing | undefined

  constructor(reader: LinuxTreeReader, fd: number, path: BytePath) {
    this.#reader = reader
    this.#fd = fd
    this.#path = path
  }

  next(names: Buffer[], kinds: NameKind[], limit: number): number {
    const listing = (this.#listing ??= this.#reader.takeListing(this.#fd))
    for (;;) {
      const filled = listing.fill()
      if (filled < 0) throw systemError(errnoName(-filled), 'list', this.#path)
      if (filled === 0) return 0
      const count = take(listing, names, kinds, limit)
      if (count > 0) return count
    }
  }

  look(name: Buffer, into: Sighting): string | undefined {
    return this.#reader.look(this.#fd, name, this.#listing, into)
  }

  close(): void {
    this.#reader.closeDirectory(this.#fd, this.#listing)
    this.#listing = undefined
  }
}

/** Takes names that are in memory; never reads on, since that would overwrite them. */
function take(
  listing: DirectoryListing,
  names: Buffer[],
  kinds: NameKind[],
  limit: number,
): number {
  let count = 0
  while (count < limit && listing.step()) {
    names[count] = listing.memory.bytes.subarray(listing.nameStart, listing.nameEnd)
    kinds[count] = listing.kind
    count++
  }
  return count
}
