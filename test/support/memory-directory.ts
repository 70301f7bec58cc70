import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

const MEMORY = '/dev/shm'

/** Makes a directory for one test, in memory where there is such a file system, and removes it. */
export function memoryDirectory(t: TestContext): string {
  const path = mkdtempSync(join(isUsable(MEMORY) ? MEMORY : tmpdir(), 'clsync-test-'))
  t.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }))
  return path
}

function isUsable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}
