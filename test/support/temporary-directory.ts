import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** Makes a directory for one test and removes it afterwards. */
export function temporaryDirectory(t: TestContext): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'clsync-test-')))
  t.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }))
  return path
}
