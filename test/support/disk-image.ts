import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import type { TestContext } from 'node:test'

import { temporaryDirectory } from './temporary-directory.ts'

export type FileSystem = 'xfs' | 'ext4' | 'btrfs'

/** XFS takes no less. */
const BYTES = 320 << 20

/** Says why there can be no power cuts here, or false. */
export function whyNoImage(fileSystem: FileSystem): string | false {
  if (process.getuid?.() !== 0) return 'only root may mount images'
  const needed = ['xfs_io', `mkfs.${fileSystem}`, 'mount', 'losetup']
  const missing = needed.find((program) => spawnSync('which', [program]).status !== 0)
  if (missing !== undefined) return `no ${missing} on this machine`
  return spawnSync('losetup', ['--find']).status === 0 ? false : 'no loop device to be had'
}

/** A file system in a file, whose power can be cut. */
export class DiskImage {
  /** Where it is mounted. */
  readonly directory: string
  readonly #image: string

  constructor(t: TestContext, fileSystem: FileSystem) {
    // Hooks run in this order: what is mounted must not be removed.
    t.after(() => void spawnSync('umount', ['--lazy', this.directory]))
    const directory = temporaryDirectory(t)
    this.directory = `${directory}/disk`
    this.#image = `${directory}/image`
    mkdirSync(this.directory)
    writeFileSync(this.#image, '')
    truncateSync(this.#image, BYTES)
    execFileSync(`mkfs.${fileSystem}`, ['-q', this.#image])
    this.#mount()
  }

  /** Makes everything so far durable. */
  sync(): void {
    execFileSync('sync', ['--file-system', this.directory])
  }

  /** Cuts the power: nothing reaches the disk any more, and what was not synced is gone. */
  cut(): void {
    execFileSync('xfs_io', ['-x', '-c', 'shutdown', this.directory])
  }

  /** Starts the machine again; nobody may have a file open there. */
  restart(): void {
    execFileSync('umount', [this.directory])
    this.#mount()
  }

  #mount(): void {
    execFileSync('mount', ['-o', 'loop', this.#image, this.directory])
  }
}
