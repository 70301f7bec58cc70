import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { LivePlace, SOON } from '../support/live-place.ts'

describe('The table status', { concurrency: 2 }, () => {
  test('says that the daemon watches, and that it stopped', async (t) => {
    const place = new LivePlace(t)
    const daemon = await place.start(SOON)
    await place.until(() => place.status('state') === 'watching')
    assert.equal(await daemon.stop(), 0)
    assert.equal(place.status('state'), 'stopped')
  })

  test('says that a script of an earlier daemon is waited for, not an initial sync', async (t) => {
    const place = new LivePlace(t)
    const flags = [...SOON, '--initialsync', 'never']
    const first = await place.start(flags)
    place.hold()
    place.tree.write('file', 'x')
    await place.ran('sync')
    await first.kill()
    const second = place.launch(flags)
    await second.says('run:outlived')
    await place.until(() => place.status('state') === 'waiting for an earlier script')
    place.letGo()
    await place.until(() => place.status('state') === 'watching')
  })
})
