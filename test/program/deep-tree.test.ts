import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { LivePlace, SOON } from '../support/live-place.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const NAME = 'x'.repeat(255)
/** Paths that packets, kernel and scripts can carry end before it does. */
const LEVELS = 260
const MAKE = `
  const { mkdirSync, writeFileSync } = require('node:fs')
  for (let level = 0; level < ${LEVELS}; level++) {
    mkdirSync('${NAME}')
    process.chdir('${NAME}')
    writeFileSync('file', '')
  }
`

test('a tree deeper than any path is a problem, and the rest goes on', async (t) => {
  const place = new LivePlace(t, emptiedDirectory)
  execFileSync(process.execPath, ['-e', MAKE], { cwd: join(place.directory, 'tree') })
  for (const name of ['first', 'second']) {
    const daemon = await place.start([...SOON, '--initialsync', 'never'])
    await daemon.says('watch:problem', ({ message }) => message.includes('is not told'))
    place.moveIn(name, 'x')
    await place.tells(name)
    await daemon.kill()
  }
  const [known] = place.query('SELECT count(*) AS names FROM entry') as { names: number }[]
  assert.ok((known?.names ?? 0) > 2 * 250)
})

/** Node removes by path, which is too long. Hooks run in their order. */
function emptiedDirectory(t: TestContext): string {
  let directory = ''
  t.after(() => execFileSync('rm', ['-rf', join(directory, 'tree')]))
  directory = temporaryDirectory(t)
  return directory
}
