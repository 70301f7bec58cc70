import { isWithin, join, nameOf, parentOf } from '../../../dist/model/byte-path.js'
import type { BytePath } from '../../../dist/model/glossary.js'
import {
  IN_ATTRIB,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../../../dist/model/mask.js'

export interface Node {
  readonly ino: number
  readonly isDirectory: boolean
  mode: number
  /** Stands for the content of a file. */
  version: number
  size: number
  mtime: number
  ctime: number
}

/** A hint as an engine keeps it: directories are known by inode, since they move. */
export interface Hint {
  readonly directory: number
  readonly name: BytePath
  readonly mask: number
}

export type Operation =
  | { readonly do: 'write' | 'chmod' | 'remove' | 'mkdir' | 'flip'; readonly path: BytePath }
  | { readonly do: 'rename'; readonly path: BytePath; readonly to: BytePath }

/** A tree in memory, with inodes and a clock that ticks now and then. */
export class ModelTree {
  readonly nodes = new Map<BytePath, Node>()
  /** Seconds. */
  now = 1_000
  hints: Hint[] = []
  renames: { readonly from: BytePath; readonly to: BytePath }[] = []
  #last = 1

  constructor() {
    this.nodes.set('', this.#make(true))
  }

  /** Where a directory is now. */
  pathOf(ino: number): BytePath | undefined {
    for (const [path, node] of this.nodes) if (node.ino === ino) return path
    return undefined
  }

  /** Names in a directory. */
  names(directory: BytePath): BytePath[] {
    return [...this.nodes.keys()]
      .filter((path) => path !== '' && parentOf(path) === directory)
      .map(nameOf)
      .toSorted()
  }

  /** Does what can be done. */
  perform(operation: Operation): void {
    const { path } = operation
    const parent = this.nodes.get(parentOf(path))
    if (path === '' || parent?.isDirectory !== true) return
    switch (operation.do) {
      case 'write':
        return this.#write(path)
      case 'mkdir':
        return this.nodes.has(path) ? undefined : this.#add(path, this.#make(true), IN_CREATE)
      case 'chmod':
        return this.#chmod(path)
      case 'remove':
        return this.#remove(path)
      case 'flip':
        return this.#flip(path)
      case 'rename':
        return this.#rename(path, operation.to)
    }
  }

  #write(path: BytePath): void {
    const known = this.nodes.get(path)
    if (known?.isDirectory === true) return
    const node = known ?? this.#make(false)
    node.version = this.#last++
    node.size = node.version % 3
    node.mtime = node.ctime = this.now
    if (known === undefined) return this.#add(path, node, IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE)
    this.#hint(path, IN_MODIFY | IN_CLOSE_WRITE)
  }

  #chmod(path: BytePath): void {
    const node = this.nodes.get(path)
    if (node === undefined) return
    node.mode ^= 0o044
    node.ctime = this.now
    this.#hint(path, IN_ATTRIB | (node.isDirectory ? IN_ISDIR : 0))
  }

  /** From the leaves, as `rm -r` does. */
  #remove(path: BytePath): void {
    const node = this.nodes.get(path)
    if (node === undefined) return
    if (node.isDirectory) for (const name of this.names(path)) this.#remove(join(path, name))
    this.#touchParent(path)
    this.#hint(path, IN_DELETE | (node.isDirectory ? IN_ISDIR : 0))
    this.nodes.delete(path)
  }

  /** Another kind of thing by the same name. */
  #flip(path: BytePath): void {
    const node = this.nodes.get(path)
    if (node === undefined) return
    this.#remove(path)
    this.perform({ do: node.isDirectory ? 'write' : 'mkdir', path })
  }

  #rename(from: BytePath, to: BytePath): void {
    const node = this.nodes.get(from)
    const parent = this.nodes.get(parentOf(to))
    const replaced = this.nodes.get(to)
    if (node === undefined || to === '' || parent?.isDirectory !== true) return
    if (isWithin(to, from) || isWithin(from, to)) return
    if (replaced !== undefined) {
      if (replaced.isDirectory !== node.isDirectory || this.names(to).length > 0) return
      this.nodes.delete(to)
    }
    const kind = node.isDirectory ? IN_ISDIR : 0
    this.#hint(from, IN_MOVED_FROM | kind)
    this.#touchParent(from)
    for (const path of [...this.nodes.keys()].filter((each) => isWithin(each, from))) {
      const moved = this.nodes.get(path)
      this.nodes.delete(path)
      if (moved !== undefined) this.nodes.set(to + path.slice(from.length), moved)
    }
    node.ctime = this.now
    this.#touchParent(to)
    this.#hint(to, IN_MOVED_TO | kind)
    if (node.isDirectory) this.renames.push({ from, to })
  }

  #add(path: BytePath, node: Node, mask: number): void {
    this.nodes.set(path, node)
    this.#touchParent(path)
    this.#hint(path, mask | (node.isDirectory ? IN_ISDIR : 0))
  }

  #touchParent(path: BytePath): void {
    const parent = this.nodes.get(parentOf(path))
    if (parent !== undefined) parent.mtime = parent.ctime = this.now
  }

  #hint(path: BytePath, mask: number): void {
    const directory = this.nodes.get(parentOf(path))?.ino ?? 0
    this.hints.push({ directory, name: nameOf(path), mask })
  }

  #make(isDirectory: boolean): Node {
    const times = { mtime: this.now, ctime: this.now }
    return {
      ino: ++this.#last,
      isDirectory,
      mode: isDirectory ? 0o755 : 0o644,
      version: 0,
      size: 0,
      ...times,
    }
  }
}
