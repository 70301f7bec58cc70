import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where one benchmark works, and what has to end with it. */
export interface Scratch {
  readonly directory: string
  /** Called at the end, the last one first, also after Ctrl-C. */
  onEnd(end: () => void): void
}

/** Runs a benchmark in a directory of its own and leaves nothing behind, neither files nor processes. */
export async function inScratch(body: (scratch: Scratch) => Promise<void>): Promise<void> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'clsync-bench-')))
  const ends: (() => void)[] = []
  const end = (): void => {
    for (const one of ends.splice(0).reverse()) one()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  const interrupted = (): void => {
    end()
    process.exit(130)
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    await body({ directory, onEnd: (one) => ends.push(one) })
  } finally {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
    end()
  }
}
