import { accessSync, constants, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

const MEMORY = '/dev/shm'

/** Makes a directory for one test, in memory where the machine can, and removes it afterwards. */
export function fastDirectory(t: TestContext): string {
  const path = realpathSync(mkdtempSync(join(isUsable(MEMORY) ? MEMORY : tmpdir(), 'clsync-test-')))
  t.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }))
  return path
}

function isUsable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}
