import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { test } from 'node:test'

import { fastDirectory } from '../support/fast-directory.ts'
import { LISTED, LivePlace } from '../support/live-place.ts'
import { memoryOf } from '../support/process-usage.ts'
import { scaleOf } from '../support/scale.ts'

const NAMES = scaleOf(process.env).isLong ? 2_000_000 : 50_000
/** However many there are. */
const MOST_BYTES = 200e6

const PROGRESS = /^[12] directories, [1-9]\d* entries, [1-9]\d*\/s$/

const skip = process.platform !== 'linux' && 'there is no /proc here'

test(
  `${NAMES} names in one directory cost no memory, and what changes there is told exactly`,
  { skip },
  async (t) => {
    const place = new LivePlace(t, fastDirectory)
    place.tree.makeDirectory('large')
    for (let name = 0; name < NAMES; name++) {
      closeSync(openSync(`${place.tree.root}/large/${name}`, 'w'))
    }
    const first = await place.startAndForget(LISTED)
    const peaks = [memoryOf(first.pid).peak]
    await first.kill()
    place.tree.write('large/7', 'changed')
    place.tree.write('large/new', '')
    place.tree.remove('large/11')

    const second = await place.start(LISTED)
    peaks.push(memoryOf(second.pid).peak)
    assert.deepEqual([...place.told().keys()].toSorted(), ['large/11', 'large/7', 'large/new'])
    place.forgetRuns()

    // Asked for again and again, since the status is written every other second only.
    await place.until(() => {
      if (place.owed().length === 0) second.signal('SIGUSR1')
      return (
        place.status('catching up') === 'audit: .' && PROGRESS.test(place.status('progress') ?? '')
      )
    })
    assert.equal(place.status('state'), 'catching up')
    place.tree.write('large/during', '')
    await place.until(() => place.status('state') === 'watching')
    await place.tells('large/during')
    assert.deepEqual([...place.told().keys()], ['large/during'])
    assert.deepEqual([place.status('catching up'), place.status('progress')], ['', ''])
    peaks.push(memoryOf(second.pid).peak)
    t.diagnostic(peaks.map((bytes) => `${(bytes / 1e6).toFixed(0)} MB`).join(', '))
    assert.ok(Math.max(...peaks) < MOST_BYTES, `${Math.max(...peaks)} bytes`)
  },
)
