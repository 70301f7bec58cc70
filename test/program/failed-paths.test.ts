import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { LivePlace, SOON } from '../support/live-place.ts'

test('a path that the script says failed without having been told of it is logged as it is', async (t) => {
  const place = new LivePlace(t)
  const body = String.raw`printf 'tree/caf\303\251\n' >> "$CLSYNC_FAILED"`
  writeFileSync(join(place.directory, 'script'), `#!/bin/sh\n${body}\n`)
  const daemon = place.launch([...SOON, '--initialsync', 'never'])
  await daemon.says('daemon:ready')
  place.moveIn('file', 'x')
  const { path, message } = await daemon.says('run:strange-path')
  assert.equal(path, 'tree/café')
  assert.match(message, /says that tree\/café failed/)
})
