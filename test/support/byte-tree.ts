import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  type Stats,
} from 'node:fs'
import { createHash } from 'node:crypto'

import { errnoOf } from '../../dist/errors.js'
import { display, fromBytes, join, toBytes } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'

/** A tree of files whose names are any bytes, for tests: paths are below its root. */
export class ByteTree {
  readonly root: string

  constructor(root: string) {
    this.root = root
    mkdirSync(root, { recursive: true })
  }

  /** The path as Node takes it. */
  at(path: BytePath): Buffer {
    return Buffer.concat([Buffer.from(path === '' ? this.root : `${this.root}/`), toBytes(path)])
  }

  /** Writes a file, in directories that are made for it. */
  write(path: BytePath, text: string | Uint8Array): void {
    const slash = path.lastIndexOf('/')
    if (slash !== -1) this.makeDirectory(path.slice(0, slash))
    writeFileSync(this.at(path), text)
  }

  makeDirectory(path: BytePath): void {
    mkdirSync(this.at(path), { recursive: true })
  }

  link(path: BytePath, target: string): void {
    symlinkSync(target, this.at(path))
  }

  rename(from: BytePath, to: BytePath): void {
    renameSync(this.at(from), this.at(to))
  }

  chmod(path: BytePath, mode: number): void {
    chmodSync(this.at(path), mode)
  }

  remove(path: BytePath): void {
    // Not rmSync alone, which takes a link to a directory for one.
    if (this.stat(path)?.isDirectory()) rmSync(this.at(path), { recursive: true })
    else rmSync(this.at(path))
  }

  read(path: BytePath): string {
    return readFileSync(this.at(path), 'utf8')
  }

  stat(path: BytePath): Stats | undefined {
    try {
      return lstatSync(this.at(path), { throwIfNoEntry: false })
    } catch (error) {
      if (errnoOf(error) === 'ENOTDIR') return undefined
      throw error
    }
  }

  /** Every path at and below this one, directories before what is in them. */
  below(path: BytePath): readonly BytePath[] {
    const stat = this.stat(path)
    if (stat === undefined) return []
    if (!stat.isDirectory()) return [path]
    const names = readdirSync(this.at(path), { encoding: 'buffer' }).map(fromBytes).toSorted()
    return [path, ...names.flatMap((name) => this.below(join(path, name)))]
  }

  /** What a mirror must have the same, a line for each path. */
  snapshot(): readonly string[] {
    return this.below('').map((path) => `${display(path)}: ${this.#describe(path)}`)
  }

  #describe(path: BytePath): string {
    const stat = lstatSync(this.at(path))
    const mode = (stat.mode & 0o7777).toString(8)
    if (stat.isSymbolicLink()) return `link to ${readlinkSync(this.at(path), 'latin1')}`
    if (stat.isDirectory()) return `directory ${mode}`
    if (!stat.isFile()) return `special ${stat.mode.toString(8)}`
    const hash = createHash('sha256')
      .update(readFileSync(this.at(path)))
      .digest('hex')
    return `file ${mode}, ${stat.size} bytes, ${hash.slice(0, 16)}, ${stat.mtimeMs}`
  }
}
