import { readFileSync, realpathSync } from 'node:fs'

import { fromBytes } from '../../model/byte-path.ts'
import type { BytePath } from '../../model/glossary.ts'
import type { Libc } from '../linux/libc.ts'
import { MountAlarm } from '../linux/mount-alarm.ts'
import { mountPointsBelow } from '../linux/mount-points.ts'

/** What is mounted below the watch directory: no event of inotify says that something comes there. */
export class MountsBelow {
  readonly #root: string
  readonly #alarm: MountAlarm
  #known: ReadonlyMap<BytePath, string>

  /** Throws an Error with `code` where `/proc` cannot be read. */
  constructor(libc: Libc, root: string, onRing: () => void) {
    this.#root = root
    // The alarm is first: what is mounted from now on makes it ring.
    this.#alarm = new MountAlarm(libc, onRing)
    this.#known = mountsBelow(root)
  }

  /** Returns where something was mounted or unmounted since the last call. */
  takeChanged(): readonly BytePath[] {
    if (!this.#alarm.take()) return []
    const before = this.#known
    const now = mountsBelow(this.#root)
    this.#known = now
    return [...new Set([...before.keys(), ...now.keys()])].filter(
      (path) => before.get(path) !== now.get(path),
    )
  }

  close(): void {
    this.#alarm.close()
  }
}

/** Without `/proc` mounts are found by the audit: undefined. */
export function openMountsBelow(
  libc: Libc,
  root: string,
  onRing: () => void,
): MountsBelow | undefined {
  try {
    return new MountsBelow(libc, root, onRing)
  } catch {
    return undefined
  }
}

/** None where the watch directory is gone, which others find out. */
function mountsBelow(root: string): ReadonlyMap<BytePath, string> {
  try {
    const directory = fromBytes(realpathSync(root, { encoding: 'buffer' }))
    return mountPointsBelow(readFileSync('/proc/self/mountinfo', 'latin1'), directory)
  } catch {
    return new Map()
  }
}
