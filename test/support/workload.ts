import {
  appendFileSync,
  linkSync,
  lutimesSync,
  readdirSync,
  renameSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'

import { fromBytes, join, nameOf, parentOf } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'
import type { ByteTree } from './byte-tree.ts'
import { ODD_NAMES } from './odd-names.ts'
import type { SeededRandom } from './seeded-random.ts'
import { type Change, TreeDiary } from './tree-diary.ts'

/** The tree stays about this large. */
const MOST_PATHS = 350
/** What there is only outside, behind links; never in the tree. */
const TRAP = 'behind a link'
const TARGETS = ['f1', '.', '..', '../../outside', 'nowhere', '/etc/passwd', 'd1/f2'] as const
/** A newline in a directory's name would make every path below it a run of its own. */
const DIRECTORY_NAMES = ODD_NAMES.filter((name) => !name.includes('\n'))
const FILE_MODES = [0o600, 0o644, 0o664, 0o755, 0o4755] as const
const DIRECTORY_MODES = [0o700, 0o755, 0o775, 0o1777] as const
/** Some files are above the threshold for big ones that the sites use. */
const SIZES = [0, 1, 10, 10, 200, 200, 4_096, 4_096, 10_000, 120_000] as const

/**
 * Seeded random operations on a tree, as people and programs do them, and when each path that is
 * there was changed last. It does not write through one of several hard links: no kernel reports the
 * other names (inotify(7)), only an audit finds them.
 */
export class Workload {
  readonly #tree: ByteTree
  readonly #outside: ByteTree
  readonly #random: SeededRandom
  readonly diary: TreeDiary = new TreeDiary()
  /** Directories in whose places links were put, and where they are outside. */
  readonly #swapped = new Map<BytePath, BytePath>()
  /** A file that was moved out last. */
  #movedOut: BytePath | undefined
  #operation = ''
  #kinds: Kinds = new Map()
  #names = 0
  #operations = 0

  constructor(tree: ByteTree, outside: ByteTree, random: SeededRandom) {
    this.#tree = tree
    this.#outside = outside
    this.#random = random
  }

  /** Operations done so far. */
  get operations(): number {
    return this.#operations
  }

  /** Does `count` operations. */
  run(count: number): void {
    for (let done = 0; done < count; done++) this.#step()
  }

  #step(): void {
    this.#operations += 1
    this.#kinds = kindsOf(this.#tree)
    const isFull = this.#kinds.size > MOST_PATHS
    const operation = this.#random.pick(isFull ? REMOVING : ALL)
    this.#operation = operation
    this[operation]()
  }

  // Each of these does one thing, or nothing where the tree does not offer what it needs.

  create(): void {
    this.#write(this.#newPath(), this.#content())
  }

  overwrite(): void {
    const file = this.#plainFile()
    if (file !== undefined) this.#write(file, this.#content())
  }

  append(): void {
    const file = this.#plainFile()
    if (file === undefined) return
    this.#changed(file)
    appendFileSync(this.#tree.at(file), `more ${this.#names}`)
  }

  truncate(): void {
    const file = this.#plainFile()
    if (file === undefined) return
    const size = this.#tree.stat(file)?.size ?? 0
    if (size === 0) return
    this.#changed(file)
    truncateSync(this.#tree.at(file), this.#random.below(size))
  }

  /** As editors save. */
  replace(): void {
    const file = this.#any('file')
    if (file === undefined) return
    const draft = join(parentOf(file), `.${this.#names++}.tmp~`)
    this.#write(draft, this.#content())
    this.#move(draft, file)
  }

  chmod(): void {
    const file = this.#plainFile()
    if (file === undefined) return
    this.#changed(file)
    this.#tree.chmod(file, this.#random.pick(FILE_MODES))
  }

  chmodDirectory(): void {
    const directory = this.#any('directory')
    if (directory === undefined) return
    // Set to what it was before, it is no change; the comparison of the trees will tell.
    this.diary.begin(this.#operation, directory)
    this.#tree.chmod(directory, this.#random.pick(DIRECTORY_MODES))
  }

  setTimeBack(): void {
    const file = this.#plainFile()
    if (file === undefined) return
    this.#changed(file)
    utimesSync(this.#tree.at(file), 0, this.#random.below(1e9))
  }

  makeDirectories(): void {
    let path = this.#newPath(DIRECTORY_NAMES)
    for (let depth = this.#random.below(4); depth >= 0; depth--) {
      this.#changed(path)
      this.#tree.makeDirectory(path)
      path = join(path, this.#newName(DIRECTORY_NAMES))
    }
    this.#write(path, this.#content())
  }

  renameFile(): void {
    const file = this.#any('file')
    if (file === undefined) return
    const other = this.#random.chance(0.3) ? this.#any('file') : undefined
    this.#move(file, other ?? this.#newPath())
  }

  renameDirectory(): void {
    const directory = this.#any('directory')
    if (directory === undefined) return
    const to = this.#newPath(DIRECTORY_NAMES)
    if (!`${to}/`.startsWith(`${directory}/`)) this.#move(directory, to)
  }

  moveOut(): void {
    const path = this.#any('file', 'directory')
    if (path === undefined) return
    const name = this.#outsideName()
    this.diary.begin(this.#operation, path)
    renameSync(this.#tree.at(path), this.#outside.at(name))
    if (this.#kinds.get(path) === 'file') this.#movedOut = name
  }

  moveIn(): void {
    const name = this.#outsideName()
    this.#outside.write(`${name}/f1/${this.#newName()}`, this.#content())
    this.#outside.write(`${name}/${this.#newName()}`, this.#content())
    const to = this.#newPath(DIRECTORY_NAMES)
    const change = this.diary.begin(this.#operation, to)
    renameSync(this.#outside.at(name), this.#tree.at(to))
    this.diary.changedBelow(this.#tree, to, change)
  }

  /** Perhaps one that was in the tree before, perhaps over another. */
  moveInFile(): void {
    const name = this.#movedOut ?? this.#outsideName()
    this.#movedOut = undefined
    // A power cut may have taken it.
    if (this.#outside.stat(name) === undefined) this.#outside.write(name, this.#content())
    const to = (this.#random.chance(0.3) ? this.#plainFile() : undefined) ?? this.#newPath()
    this.#changed(to)
    renameSync(this.#outside.at(name), this.#tree.at(to))
  }

  /**
   * A link to a directory outside, with the same names in it, takes the place of a directory, which is
   * put back at once, later or never.
   */
  swapForLink(): void {
    const directory = this.#any('directory')
    if (directory === undefined) return
    const name = this.#outsideName()
    const trap = this.#layTrap(directory)
    const change = this.diary.begin(this.#operation, directory)
    renameSync(this.#tree.at(directory), this.#outside.at(name))
    this.#tree.link(directory, trap)
    this.diary.changed(directory, change)
    this.#swapped.set(directory, name)
    if (this.#random.chance(0.3)) this.#putBack(directory, name)
  }

  swapBack(): void {
    const there = [...this.#swapped].filter(
      ([path, name]) => this.#kinds.get(path) === 'link' && this.#outside.stat(name) !== undefined,
    )
    if (there.length > 0) this.#putBack(...this.#random.pick(there))
  }

  remove(): void {
    const path = this.#any('file', 'link', 'directory')
    if (path !== undefined) this.#remove(path)
  }

  removeFile(): void {
    const path = this.#any('file', 'link')
    if (path !== undefined) this.#remove(path)
  }

  link(): void {
    const path = this.#newPath()
    this.#changed(path)
    this.#tree.link(path, this.#random.pick(TARGETS))
  }

  hardLink(): void {
    const file = this.#any('file')
    if (file === undefined) return
    const path = this.#newPath()
    this.#changed(path)
    linkSync(this.#tree.at(file), this.#tree.at(path))
  }

  changeKind(): void {
    const path = this.#any('file', 'link', 'directory')
    if (path === undefined) return
    const kind = this.#kinds.get(path)
    const change = this.diary.begin(this.#operation, path)
    this.#tree.remove(path)
    if (kind === 'file' && !path.includes('\n'))
      this.#tree.write(`${path}/${this.#newName()}`, 'was a file')
    else this.#write(path, 'was no file')
    this.diary.changedBelow(this.#tree, path, change)
  }

  /**
   * With other times and modes than before: a script that outlives its daemon may have mirrored the
   * link, and the next daemon cannot know that where all is as it was when the last one looked.
   */
  #putBack(directory: BytePath, name: BytePath): void {
    this.#swapped.delete(directory)
    const below = this.#outside.below(name)
    const isDirectory = (path: BytePath): boolean =>
      this.#outside.stat(path)?.isDirectory() === true
    const directories = below.filter(isDirectory)
    const others = below.filter((path) => !isDirectory(path))
    for (const path of directories) this.#outside.chmod(path, this.#random.pick(DIRECTORY_MODES))
    for (const path of others) lutimesSync(this.#outside.at(path), 0, this.#random.below(1e9))
    const change = this.diary.begin(`${this.#operation}, back`, directory)
    this.#tree.remove(directory)
    renameSync(this.#outside.at(name), this.#tree.at(directory))
    // As with chmodDirectory, the comparison of the trees will tell.
    this.diary.changed(directory, NO_CHANGE)
    for (const path of others) this.diary.changed(directory + path.slice(name.length), change)
  }

  /** Returns the path of a directory outside that has what this one has, and more. */
  #layTrap(directory: BytePath): string {
    const trap = this.#outsideName()
    const names = [...this.#kinds.keys()].filter((path) => parentOf(path) === directory)
    this.#outside.write(`${trap}/${TRAP}`, TRAP)
    this.#outside.write(`${trap}/${TRAP} too/${TRAP}`, TRAP)
    for (const path of names) this.#outside.write(`${trap}/${nameOf(path)}`, TRAP)
    return `${this.#outside.root}/${trap}`
  }

  #write(path: BytePath, content: Buffer | string): void {
    this.#changed(path)
    writeFileSync(this.#tree.at(path), content)
  }

  #move(from: BytePath, to: BytePath): void {
    const change = this.diary.begin(this.#operation, from, to)
    this.#tree.rename(from, to)
    this.diary.changedBelow(this.#tree, to, change)
  }

  #remove(path: BytePath): void {
    this.diary.begin(this.#operation, path)
    this.#tree.remove(path)
  }

  #changed(path: BytePath): void {
    this.diary.changed(path, this.diary.begin(this.#operation, path))
  }

  #content(): Buffer {
    const size = this.#random.pick(SIZES)
    return Buffer.alloc(size, `${this.#names++} ${this.#random.next()} `)
  }

  #newPath(names: readonly BytePath[] = ODD_NAMES): BytePath {
    const directory = this.#random.chance(0.2) ? '' : (this.#any('directory') ?? '')
    const path = join(directory, this.#newName(names))
    return path.length > 600 || this.#tree.stat(path) !== undefined ? this.#newName(names) : path
  }

  #newName(names: readonly BytePath[] = ODD_NAMES): BytePath {
    const odd = `${this.#random.pick(names).slice(0, 200)}${this.#names++}`
    return this.#random.chance(0.3) ? odd : `f${this.#names++}`
  }

  #outsideName(): BytePath {
    return `o${this.#names++}`
  }

  /** A file with no other name. */
  #plainFile(): BytePath | undefined {
    const file = this.#any('file')
    return file !== undefined && this.#tree.stat(file)?.nlink === 1 ? file : undefined
  }

  /** Often one that was in use just now: it may be in the hands of a script. */
  #any(...kinds: readonly Kind[]): BytePath | undefined {
    const isFitting = (path: BytePath): boolean => {
      const kind = this.#kinds.get(path)
      return kind !== undefined && kinds.includes(kind)
    }
    const recent = this.#random.chance(0.5) ? this.diary.recent.filter(isFitting) : []
    const fitting = recent.length > 0 ? recent : [...this.#kinds.keys()].filter(isFitting)
    return fitting.length === 0 ? undefined : this.#random.pick(fitting)
  }
}

const REMOVING = ['remove', 'removeFile', 'moveOut', 'removeFile', 'overwrite'] as const
const ALL = [
  ...(['create', 'create', 'create', 'overwrite', 'append', 'truncate', 'replace'] as const),
  ...(['chmod', 'chmodDirectory', 'setTimeBack', 'makeDirectories', 'renameFile'] as const),
  ...(['renameDirectory', 'moveOut', 'moveIn', 'remove', 'removeFile', 'removeFile'] as const),
  ...(['link', 'hardLink', 'changeKind', 'moveInFile', 'swapForLink', 'swapBack'] as const),
] as const

/** Says whether a path is one that there is only behind links to the outside. */
export function isBehindLink(path: BytePath): boolean {
  return path.includes(TRAP)
}

const NO_CHANGE: Change = { at: 0n, by: 'nothing' }

type Kind = 'file' | 'directory' | 'link'
type Kinds = Map<BytePath, Kind>

/** All paths, found without looking at each. */
function kindsOf(tree: ByteTree): Kinds {
  const kinds: Kinds = new Map()
  const walk = (directory: BytePath): void => {
    for (const found of readdirSync(tree.at(directory), READ)) {
      const path = join(directory, fromBytes(found.name))
      kinds.set(path, found.isSymbolicLink() ? 'link' : found.isDirectory() ? 'directory' : 'file')
      if (found.isDirectory()) walk(path)
    }
  }
  walk('')
  return kinds
}

const READ = { withFileTypes: true, encoding: 'buffer' } as const
