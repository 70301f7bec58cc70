import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { runNode } from '../../support/clsync-process.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'

const CHILD = fileURLToPath(new URL('../../support/exiting-watch.js', import.meta.url))
const skip = process.platform !== 'linux' && 'inotify is in Linux only'

test(
  'A process that exits while its thread watches does so with its exit code',
  { skip },
  async (t) => {
    const { code, signal } = await runNode(CHILD, [temporaryDirectory(t)])
    assert.deepEqual({ code, signal }, { code: 3, signal: null })
  },
)
