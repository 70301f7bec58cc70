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
  utimesSync,
  writeFileSync,
  type BigIntStats,
} from 'node:fs'

import { errnoOf } from '../../dist/errors.js'
import { isWithin, join } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'
import { type Happening, happenings } from './happenings.js'

/** One thing that somebody does in the tree; what the file system does not allow does nothing. */
export type Operation =
  | { readonly kind: 'remove' | 'move out'; readonly path: BytePath }
  | { readonly kind: 'rename'; readonly path: BytePath; readonly to: BytePath }
  | { readonly kind: Change; readonly path: BytePath }

export type Change =
  | 'write'
  /** Other content of the same size, and the mtime put back: only the ctime tells. */
  | 'write quietly'
  /** A new file takes the place of the old one. */
  | 'replace'
  | 'make directory'
  | 'change mode'
  | 'set mtime back'
  | 'link'
  | 'move in a tree'

/** What a mirror has to have the same, and what says that anything at all was done to it. */
export interface State {
  readonly mirrored: string
  readonly stamp: string
  readonly isDirectory: boolean
}

/** A real tree, small, in which operations are done and whose every change is noted. */
export class TreeWorld {
  readonly root: string
  /** Every path that was made, changed or removed since {@link forget}. */
  readonly touched = new Set<BytePath>()
  /**
   * Names that were never there: what went away just before its directory was renamed may be told as
   * gone from the new place.
   */
  readonly #echoes = new Set<BytePath>()
  readonly #renames: { readonly from: BytePath; readonly to: BytePath }[] = []
  readonly #outside: string
  #states: ReadonlyMap<BytePath, State> = new Map()
  #count = 0

  /** @param directory on one file system, with nothing mounted in it */
  constructor(directory: string) {
    this.root = `${directory}/tree`
    this.#outside = `${directory}/outside`
  }

  /** Begins anew with an empty tree. */
  renew(): void {
    for (const directory of [this.root, this.#outside]) {
      rmSync(directory, { recursive: true, force: true })
      mkdirSync(directory)
    }
    this.#states = new Map()
    this.#count = 0
  }

  /** Every path that is there now, and what a mirror has to have of it. */
  mirrored(): Map<BytePath, string> {
    return new Map([...this.#states].map(([path, { mirrored }]) => [path, mirrored]))
  }

  /** What a mirror has to have of one path. */
  mirroredAt(path: BytePath): string | undefined {
    return this.#states.get(path)?.mirrored
  }

  /** Does it; returns what the kernel would say. */
  perform(operation: Operation): readonly Happening[] {
    const before = this.#states
    try {
      this.#do(operation)
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
    }
    this.#states = this.#look()
    this.#noteDifferences(before)
    const said = happenings(operation, before, this.#states)
    for (const each of said) this.#noteHappening(each)
    return said
  }

  /**
   * Says whether a script may hear of the path. What came into a directory after it was renamed may
   * be told as gone from where that was, though it never was there.
   */
  mayBeTold(path: BytePath): boolean {
    const known = (each: BytePath): boolean => this.touched.has(each) || this.#echoes.has(each)
    return known(path) || this.#laterNames(path).some(known)
  }

  /** Takes the tree as it is now for unchanged. */
  forget(): void {
    this.touched.clear()
    this.#echoes.clear()
    this.#renames.length = 0
  }

  #do(operation: Operation): void {
    const path = `${this.root}/${operation.path}`
    this.#count++
    switch (operation.kind) {
      case 'remove':
        return rmSync(path, { recursive: true })
      case 'move out':
        return renameSync(path, `${this.#outside}/out-${this.#count}`)
      case 'rename':
        return renameSync(path, `${this.root}/${operation.to}`)
      default:
        // A link would lead elsewhere.
        if (this.#states.get(operation.path)?.mirrored.startsWith('link') === true) return
        this.#change(operation.kind, path, String(this.#count % 100).padStart(2, '0'))
    }
  }

  #change(kind: Change, path: string, text: string): void {
    switch (kind) {
      case 'write':
        return writeFileSync(path, this.#count % 3 === 0 ? '' : text)
      case 'write quietly':
        return this.#writeQuietly(path, text)
      case 'replace':
        writeFileSync(`${this.#outside}/new`, text)
        return renameSync(`${this.#outside}/new`, path)
      case 'make directory':
        return mkdirSync(path)
      case 'change mode':
        return chmodSync(path, this.#count % 2 === 0 ? 0o755 : 0o700)
      case 'set mtime back':
        return utimesSync(path, 1_000, 1_000)
      case 'link':
        return symlinkSync(text, path)
      case 'move in a tree':
        return this.#moveIn(path, text)
    }
  }

  #writeQuietly(path: string, text: string): void {
    const { atime, mtime } = lstatSync(path)
    writeFileSync(path, text.slice(0, readFileSync(path).length), { flag: 'r+' })
    utimesSync(path, atime, mtime)
  }

  #moveIn(path: string, text: string): void {
    const from = `${this.#outside}/in`
    rmSync(from, { recursive: true, force: true })
    mkdirSync(`${from}/b`, { recursive: true })
    writeFileSync(`${from}/a`, text)
    writeFileSync(`${from}/b/c`, text)
    renameSync(from, path)
  }

  #look(): Map<BytePath, State> {
    const states = new Map<BytePath, State>()
    const walk = (directory: BytePath): void => {
      for (const name of readdirSync(`${this.root}/${directory}`).sort()) {
        const path = join(directory, name)
        const state = stateOf(`${this.root}/${path}`)
        states.set(path, state)
        if (state.isDirectory) walk(path)
      }
    }
    walk('')
    return states
  }

  #noteDifferences(before: ReadonlyMap<BytePath, State>): void {
    for (const path of new Set([...before.keys(), ...this.#states.keys()])) {
      if (before.get(path)?.stamp !== this.#states.get(path)?.stamp) this.touched.add(path)
    }
  }

  /** What the path would be called after any of the renames, in their order. */
  #laterNames(path: BytePath): readonly BytePath[] {
    const names = new Set([path])
    for (const { from, to } of this.#renames) {
      for (const name of [...names]) {
        if (isWithin(name, from)) names.add(to + name.slice(from.length))
      }
    }
    return [...names]
  }

  #noteHappening({ path, to }: Happening): void {
    this.touched.add(path)
    if (to === undefined) return
    this.#renames.push({ from: path, to })
    for (const each of [...this.touched, ...this.#echoes]) {
      if (isWithin(each, path)) this.#echoes.add(to + each.slice(path.length))
    }
  }
}

function stateOf(path: string): State {
  const stat = lstatSync(path, { bigint: true })
  const mirrored = mirroredOf(path, stat)
  if (stat.isDirectory()) return { mirrored, stamp: `${stat.ino} ${mirrored}`, isDirectory: true }
  const stamp = `${stat.ino} ${mirrored} ${stat.mtimeNs} ${stat.ctimeNs}`
  return { mirrored, stamp, isDirectory: false }
}

function mirroredOf(path: string, stat: BigIntStats): string {
  if (stat.isSymbolicLink()) return `link to ${readlinkSync(path)}`
  if (stat.isDirectory()) return `directory ${stat.mode}`
  return `file ${stat.mode}, ${stat.mtimeNs}: ${readFileSync(path, 'latin1')}`
}
