import { fromBytes, join } from '../../dist/model/byte-path.js'
import { SightingFlag } from '../../dist/model/sighting.js'
import type { OpenDirectory, TreeReader } from '../../dist/watch/tree-reader.js'

const MODES = { file: 0o100_644, directory: 0o040_755, link: 0o120_777 }

/** A tree in memory; `errors` says what opening a directory fails with. */
export class FakeReader implements TreeReader {
  readonly kinds: ReadonlyMap<string, keyof typeof MODES>
  readonly errors = new Map<string, string>()
  readonly opened: string[] = []
  openNow = 0

  constructor(kinds: Readonly<Record<string, keyof typeof MODES>>) {
    this.kinds = new Map(Object.entries(kinds))
  }

  open(directory: string): OpenDirectory {
    this.opened.push(directory)
    const code = this.errors.get(directory)
    if (code !== undefined) throw Object.assign(new Error(code), { code })
    this.openNow += 1
    return {
      next: () => 0,
      look: (name, into) => {
        const kind = this.kinds.get(join(directory, fromBytes(name)))
        into.flags = kind === undefined ? SightingFlag.gone : SightingFlag.present
        if (kind !== undefined) into.mode = MODES[kind]
        return undefined
      },
      close: () => {
        this.openNow -= 1
      },
    }
  }

  rest(): void {}
}
