import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { LivePlace, SOON } from '../support/live-place.ts'
import { asNobody, notAsNobody } from '../support/nobody.ts'

describe('The table status', { concurrency: 2 }, () => {
  test('says that the daemon watches, and that it stopped', async (t) => {
    const place = new LivePlace(t)
    const daemon = await place.start(SOON)
    await place.until(() => place.status('state') === 'watching')
    assert.equal(await daemon.stop(), 0)
    assert.equal(place.status('state'), 'stopped')
  })

  test('does not wait for its time once everything is watched', async (t) => {
    const place = new LivePlace(t)
    const daemon = await place.start(SOON)
    await place.until(() => place.status('engine') === 'inotify')
    const [row] = place.query(`SELECT changed_at AS at FROM status WHERE name = 'engine'`)
    const { time } = await daemon.says('daemon:ready')
    const afterMs = (row as { at: number }).at - Date.parse(String(time))
    assert.ok(afterMs < 1_000, `${afterMs} ms after it was ready`)
    await daemon.stop()
  })

  test('says what could not be watched', { skip: notAsNobody() }, async (t) => {
    const place = new LivePlace(t)
    place.tree.makeDirectory('closed')
    place.tree.chmod('closed', 0)
    await place.start(SOON, { launcher: asNobody(place.directory) })
    await place.until(() => (place.status('last problem') ?? '') !== '')
    const problem = place.status('last problem') ?? ''
    assert.match(problem, /changes in directory closed are not told: EACCES/)
  })

  test('says since when the oldest change waits, and nothing when none does', async (t) => {
    const place = new LivePlace(t)
    await place.start([...SOON, '--initialsync', 'never'])
    await place.until(() => place.status('waiting since') === '')
    const since = (): number => Date.parse(place.status('waiting since') ?? '')
    place.hold()
    place.tree.write('in the hands of a script', 'x')
    await place.ran('sync')
    const before = Date.now()
    place.tree.write('waits', 'x')
    await place.until(() => since() >= before)
    assert.ok(since() <= Date.now())
    assert.equal(place.runs().length, 1)
    place.letGo()
    await place.until(() => place.status('waiting since') === '')
    assert.deepEqual(place.waiting(), [])
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
