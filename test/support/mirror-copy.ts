import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'

import { errnoOf } from '../../dist/errors.js'
import { parentOf } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'
import type { ByteTree } from './byte-tree.ts'

/** Makes paths of a mirror what they are in the source now, without following links in either. */
export class MirrorCopy {
  readonly #from: ByteTree
  readonly #to: ByteTree
  /** Files are written here and then renamed: a mirror has no halves. */
  readonly #draft: string

  constructor(from: ByteTree, to: ByteTree, draft: string) {
    this.#from = from
    this.#to = to
    this.#draft = draft
  }

  /** Mirrors everything and removes what is not in the source. */
  all(): void {
    const there = new Set(this.#from.below(''))
    for (const path of this.#to.below('')) if (!there.has(path)) this.#remove(path)
    for (const path of there) this.one(path)
  }

  /** Mirrors one path without what is below it. */
  one(path: BytePath): void {
    try {
      this.#copy(path)
    } catch (error) {
      // It changed while it was copied: it will be told again.
      const errno = errnoOf(error)
      if (errno !== 'ENOENT' && errno !== 'ENOTDIR' && errno !== 'ELOOP' && errno !== 'EINVAL') {
        throw error
      }
    }
  }

  #copy(path: BytePath): void {
    const stat = isReachable(this.#from, path) ? this.#from.stat(path) : undefined
    if (stat === undefined) return this.#remove(path)
    const mode = stat.mode & 0o7777
    if (stat.isDirectory()) return this.#putDirectory(path, mode)
    this.#putParent(path)
    if (stat.isSymbolicLink()) return this.#putLink(path)
    if (stat.isFile()) this.#putFile(path)
  }

  #putDirectory(path: BytePath, mode: number): void {
    if (path !== '') this.#putParent(path)
    if (this.#to.stat(path)?.isDirectory() !== true) {
      this.#remove(path)
      mkdirSync(this.#to.at(path))
    }
    chmodSync(this.#to.at(path), mode)
  }

  /** Parents are told by themselves, but maybe later. */
  #putParent(path: BytePath): void {
    const parent = parentOf(path)
    if (isReachable(this.#to, path)) return
    const mode = this.#from.stat(parent)?.mode ?? 0o700
    this.#putDirectory(parent, mode & 0o7777)
  }

  #putLink(path: BytePath): void {
    const target = readlinkSync(this.#from.at(path), { encoding: 'buffer' })
    this.#remove(path)
    symlinkSync(target, this.#to.at(path))
  }

  #putFile(path: BytePath): void {
    const source = openSync(this.#from.at(path), constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const draft = openSync(this.#draft, 'w')
      try {
        writeFileSync(draft, readFileSync(source))
        fchmodSync(draft, fstatSync(source).mode & 0o7777)
      } finally {
        closeSync(draft)
      }
    } finally {
      closeSync(source)
    }
    if (this.#to.stat(path)?.isDirectory()) this.#remove(path)
    renameSync(this.#draft, this.#to.at(path))
  }

  #remove(path: BytePath): void {
    if (!isReachable(this.#to, path) || this.#to.stat(path) === undefined) return
    for (const each of this.#to.below(path)) {
      if (this.#to.stat(each)?.isDirectory()) chmodSync(this.#to.at(each), 0o700)
    }
    this.#to.remove(path)
  }
}

/** Says whether every directory above a path is one. */
function isReachable(tree: ByteTree, path: BytePath): boolean {
  for (let above = path; above !== '';) {
    above = parentOf(above)
    if (tree.stat(above)?.isDirectory() !== true) return false
  }
  return true
}
