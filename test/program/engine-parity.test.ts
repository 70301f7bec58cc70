import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { maskNames } from '../../dist/model/mask.js'
import { eventually } from '../support/eventually.ts'
import { LivePlace } from '../support/live-place.ts'
import { OPERATIONS } from '../support/single-operations.ts'
import { whyNoFanotify } from '../watch/fanotify/availability.ts'

const FLAGS = ['-t', '0', '-w', '0', '-0', '-d', 'lists', '--initialsync', 'never']
const noFanotify = await whyNoFanotify()

test('the script is told the same by fanotify and by inotify', { skip: noFanotify }, async (t) => {
  const [inotify, fanotify] = await Promise.all([live(t, '--inotify'), live(t, '--fanotify')])
  for (const [index, [title, operate]] of OPERATIONS.entries()) {
    await t.test(title, async () => {
      const end = `end ${index}`
      for (const place of [inotify, fanotify]) {
        // What happens while it is stopped is told in one run: it does not depend on who is faster.
        await place.daemon.pause()
        operate(join(place.directory, 'tree'), join(place.directory, 'outside'))
        writeFileSync(join(place.directory, 'tree', end), '')
        place.daemon.signal('SIGCONT')
      }
      await Promise.all([inotify.tells(end), fanotify.tells(end)])
      await eventually(
        () => told(inotify) === told(fanotify),
        () => `inotify:\n${told(inotify)}\nfanotify:\n${told(fanotify)}`,
      )
      // What is owed still, below a directory that was moved, belongs to this operation.
      await Promise.all([inotify.settled(), fanotify.settled()])
      for (const place of [inotify, fanotify]) place.forgetRuns()
    })
  }
})

for (const engine of ['--inotify', '--fanotify', '--chokidar', '--poll=1']) {
  const skip = engine === '--fanotify' && noFanotify
  test(`what is there at the start is not told with ${engine}`, { skip }, async (t) => {
    const place = new LivePlace(t)
    for (const name of ['file', 'd/file']) place.tree.write(name, 'x')
    symlinkSync('file', join(place.directory, 'tree/link'))
    symlinkSync('../d', join(place.directory, 'tree/d/link'))
    await place.start([...FLAGS, engine])
    place.tree.write('later', 'x')
    await place.tells('later')
    assert.deepEqual(
      [...place.told().keys()].filter((path) => path !== ''),
      ['later'],
    )
  })
}

async function live(t: TestContext, engine: string): Promise<LivePlace> {
  const place = new LivePlace(t)
  mkdirSync(join(place.directory, 'tree/a/b'), { recursive: true })
  mkdirSync(join(place.directory, 'outside'))
  await place.startAndForget([...FLAGS, engine])
  return place
}

/** The names that mark the end may come in any number of runs. */
function told(place: LivePlace): string {
  return [...place.told()]
    .filter(([path]) => !path.startsWith('end '))
    .map(([path, mask]) => `${path}: ${maskNames(mask)}`)
    .toSorted()
    .join('\n')
}
