import assert from 'node:assert/strict'
import { linkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { LISTED, LivePlace } from '../support/live-place.ts'
import { wrongBy } from '../support/wrong-clock.ts'

const DAY_MS = 24 * 3_600_000

describe('Whatever the clock says', { concurrency: 4 }, () => {
  const cases = [
    ['set back a day, to before the files were made', 0, -DAY_MS],
    ['set right again after it was a day ahead', DAY_MS, 0],
    ['put on a day', 0, DAY_MS],
  ] as const
  for (const [what, before, after] of cases) {
    test(`${what} while the daemon is down: what waited and what changed is told at once`, async (t) => {
      const place = new LivePlace(t)
      for (const name of ['same', 'd/changed', 'd/gone']) place.tree.write(name, 'x')
      const first = place.launch(LISTED, wrongBy(before))
      await first.says('reconcile:finished')
      await first.says('run:succeeded')
      place.exitWith(1)
      place.tree.write('waits', 'x')
      await first.says('run:failed')
      await first.kill()
      place.forgetRuns()
      place.exitWith(0)
      place.tree.write('d/changed', 'longer than before')
      place.tree.write('new/file', 'x')
      place.tree.remove('d/gone')

      const second = place.launch(LISTED, wrongBy(after))
      await second.says('reconcile:finished')
      await place.settled()
      const expected = ['d/changed', 'd/gone', 'new', 'new/file', 'waits']
      assert.deepEqual([...place.told().keys()].toSorted(), expected)
      assert.equal(place.runs('initialsync').length, 0)
      place.forgetRuns()
      place.tree.write('live', 'x')
      await place.tells('live')
    })
  }

  test('After the machine slept the tree is compared: what nobody reported is told', async (t) => {
    const place = new LivePlace(t)
    for (const name of ['file', 'same']) place.tree.write(name, 'x')
    const elsewhere = join(place.directory, 'elsewhere')
    linkSync(place.tree.at('file'), elsewhere)
    const daemon = await place.startAndForget(LISTED, wrongBy(0))
    writeFileSync(elsewhere, 'longer than before')
    daemon.signal('SIGUSR2')
    const { differences } = await daemon.says('reconcile:finished', (line) => isResumed(line))
    assert.equal(differences, 1)
    await place.settled()
    assert.deepEqual([...place.told().keys()], ['file'])
  })
})

function isResumed({ reason }: { readonly [field: string]: unknown }): boolean {
  return reason === 'resumed'
}
