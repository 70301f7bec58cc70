import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import type { TestContext } from 'node:test'

import { describe } from '../../dist/errors.js'
import { temporaryDirectory } from './temporary-directory.js'

/** A directory for one test in which file systems may be mounted. */
export class MountableDirectory {
  readonly path: string
  readonly #t: TestContext
  readonly #mounted: string[] = []

  constructor(t: TestContext) {
    this.#t = t
    // Hooks run in their order: nothing may be mounted any more when the directory is removed.
    t.after(() => this.#mounted.reverse().forEach((each) => unmounts(each, '--lazy')))
    this.path = temporaryDirectory(t)
  }

  /** Mounts with mount(8) at a new directory; says whether that may be done here, or skips. */
  mounts(at: string, options: readonly string[]): boolean {
    const path = `${this.path}/${at}`
    mkdirSync(path, { recursive: true })
    try {
      execFileSync('mount', [...options, path], { stdio: 'pipe' })
    } catch (error) {
      this.#t.skip(`cannot mount: ${describe(error)}`)
      return false
    }
    this.#mounted.push(path)
    return true
  }

  /**
   * Mounts an overlay that has no file handles; says whether that may be done here, or skips.
   *
   * @param fill puts something into the lower layer
   */
  mountsOverlay(at: string, fill: (lower: string) => void = () => undefined): boolean {
    // What is an overlay itself cannot be the upper layer.
    if (!this.mounts('layers', TMPFS)) return false
    const layers = ['lower', 'upper', 'work'].map((name) => {
      const layer = `${this.path}/layers/${name}`
      mkdirSync(layer)
      return `${name}dir=${layer}`
    })
    fill(`${this.path}/layers/lower`)
    const options = [...layers, 'nfs_export=off'].join(',')
    return this.mounts(at, ['-t', 'overlay', '-o', options, 'overlay'])
  }
}

/** Options for a file system of its own. */
export const TMPFS: readonly string[] = ['-t', 'tmpfs', '-o', 'size=4m', 'clsync-test']

/** Runs umount(8); says whether it worked. */
export function unmounts(path: string, ...options: readonly string[]): boolean {
  try {
    execFileSync('umount', [...options, path], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
