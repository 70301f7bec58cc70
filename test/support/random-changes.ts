import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  type Stats,
} from 'node:fs'

import { errnoOf } from '../../dist/errors.js'
import { join } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'
import type { ByteTree } from './byte-tree.ts'
import { ODD_NAMES } from './odd-names.ts'

/** Numbers between 0 and 1 that a seed decides (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Makes many directories with a few files each, some of them with names that are odd. */
export function makeForest(tree: ByteTree, directories: number, filesEach: number): void {
  for (let number = 0; number < directories; number++) {
    const directory = `top${number % 7}/d${number}`
    for (let file = 0; file < filesEach; file++)
      tree.write(`${directory}/f${file}`, `${number} ${file}`)
  }
  for (const name of ODD_NAMES) tree.write(join('odd', name), 'x')
}

/** Changes a tree at random, in all ways there are. */
export class RandomChanges {
  readonly #tree: ByteTree
  readonly #random: () => number
  /** What was there at some time; much of it may be gone. */
  readonly #known: BytePath[]
  #count = 0

  constructor(tree: ByteTree, seed: number) {
    this.#tree = tree
    this.#random = randomNumbers(seed)
    this.#known = [...tree.below('')].slice(1)
  }

  /** Does so many changes; what cannot be done is not counted. */
  make(count: number): void {
    for (const end = this.#count + count; this.#count < end;) {
      try {
        this.#change()
        this.#count++
      } catch (error) {
        if (errnoOf(error) === undefined) throw error
      }
    }
  }

  #change(): void {
    const path = this.#pick()
    const stat = lstatSync(this.#tree.at(path))
    if (this.#random() < 0.25) return this.#add(stat.isDirectory() ? path : 'top0')
    if (this.#random() < 0.2) return this.#move(path, stat)
    if (stat.isDirectory()) return this.#changeDirectory(path, stat)
    this.#changeFile(path, stat)
  }

  #add(directory: BytePath): void {
    const path = join(directory, `${['n', 'ü', 'n\n', 'n\xff'][this.#below(4)]}${this.#count}`)
    const at = this.#tree.at(path)
    const kinds: ReadonlyArray<() => void> = [
      () => writeFileSync(at, 'new'),
      () => writeFileSync(at, 'new'),
      () => mkdirSync(at),
      () => this.#addTree(path),
      () => symlinkSync('nowhere', at),
      () => linkSync(this.#tree.at(this.#pick()), at),
      () => void spawnSync('mkfifo', [`${this.#tree.root}/${directory}/fifo${this.#count}`]),
    ]
    // A program costs as much as a hundred system calls.
    kinds[this.#below(this.#random() < 0.02 ? 7 : 6)]?.()
    this.#known.push(path)
  }

  #addTree(path: BytePath): void {
    for (const name of ['a/b/c', 'a/d']) {
      this.#tree.write(join(path, name), 'new')
      this.#known.push(join(path, name))
    }
  }

  #move(path: BytePath, stat: Stats): void {
    const to = this.#random() < 0.5 ? this.#pick() : join(this.#pick(), `m${this.#count}`)
    // Directories take much with them.
    if (stat.isDirectory() && this.#random() < 0.8) return this.#changeDirectory(path, stat)
    renameSync(this.#tree.at(path), this.#tree.at(to))
    this.#known.push(to)
  }

  #changeDirectory(path: BytePath, stat: Stats): void {
    const at = this.#tree.at(path)
    const kind = this.#below(20)
    if (kind === 0) return rmSync(at, { recursive: true })
    if (kind < 5) return chmodSync(at, stat.mode ^ 0o011)
    if (kind < 8) return utimesSync(at, 1_000, 1_000)
    this.#add(path)
  }

  #changeFile(path: BytePath, stat: Stats): void {
    const at = this.#tree.at(path)
    if (!stat.isFile()) return this.#below(2) === 0 ? rmSync(at) : undefined
    const kinds: ReadonlyArray<() => void> = [
      () => appendFileSync(at, 'more'),
      () => writeFileSync(at, ''),
      () => this.#writeQuietly(at, stat),
      () => this.#replace(at),
      () => chmodSync(at, stat.mode ^ 0o022),
      () => chownSync(at, stat.uid, stat.gid === 0 ? 1 : 0),
      () => utimesSync(at, 1_000, 1_000),
      () => rmSync(at),
      () => this.#becomeDirectory(at),
    ]
    kinds[this.#below(kinds.length)]?.()
  }

  #writeQuietly(at: Buffer, { size, atime, mtime }: Stats): void {
    writeFileSync(at, 'y'.repeat(size), { flag: 'r+' })
    utimesSync(at, atime, mtime)
  }

  #replace(at: Buffer): void {
    const beside = `${this.#tree.root}.new`
    writeFileSync(beside, 'new')
    renameSync(beside, at)
  }

  #becomeDirectory(at: Buffer): void {
    rmSync(at)
    mkdirSync(at)
  }

  #pick(): BytePath {
    return this.#known[this.#below(this.#known.length)] ?? 'top0'
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}
