import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { LivePlace, SOON } from '../support/live-place.ts'
import { askShell, withoutShell } from '../support/sqlite-shell.ts'

const PAUSE = 'UPDATE daemon SET paused = 1'
const GO_ON = 'UPDATE daemon SET paused = 0'
const NEVER = ['--initialsync', 'never']

async function paused(place: LivePlace): Promise<void> {
  await place.until(() => place.status('state') === 'paused')
}

describe('A pause', { skip: withoutShell }, () => {
  test('holds runs and no events, until somebody ends it, over a kill and a restart', async (t) => {
    const place = new LivePlace(t)
    const first = await place.startAndForget([...SOON, ...NEVER])
    askShell(place.db, PAUSE)
    await paused(place)
    place.tree.write('before the kill', 'x')
    await place.until(() => place.waiting().length === 1)
    await first.kill()

    const second = place.launch([...SOON, ...NEVER])
    await second.says('runs:paused')
    await second.says('daemon:ready')
    await place.until(() => place.owed().length === 0)
    place.tree.write('after it', 'x')
    await place.until(() => place.waiting().length === 2)
    assert.deepEqual(place.runs(), [])

    askShell(place.db, GO_ON)
    await second.says('runs:resumed')
    await place.tells('before the kill', 'after it')
    await place.settled()
  })

  test('holds an initial sync', async (t) => {
    const place = new LivePlace(t)
    const first = await place.startAndForget([...SOON, ...NEVER])
    askShell(place.db, PAUSE)
    await paused(place)
    assert.equal(await first.stop(), 0)
    const second = place.launch([...SOON, '--initialsync', 'always'])
    await second.says('daemon:ready')
    await place.until(() => place.owed().length === 0)
    assert.deepEqual(place.runs(), [])
    askShell(place.db, GO_ON)
    await place.ran('initialsync')
  })

  test('ends with a try at once of an initial sync that failed', async (t) => {
    const place = new LivePlace(t)
    place.exitWith(1)
    const daemon = place.launch([...SOON, '--retrydelay', '3600', '--retrydelaymax', '3600'])
    await daemon.says('run:failed')
    askShell(place.db, PAUSE)
    await paused(place)
    place.exitWith(0)
    askShell(place.db, GO_ON)
    await daemon.says('run:succeeded', ({ kind }) => kind === 'initialsync')
  })

  test('ends with a try at once of all that failed', async (t) => {
    const place = new LivePlace(t)
    const delays = ['--retrydelay', '3600', '--retrydelaymax', '3600']
    const daemon = await place.startAndForget([...SOON, ...NEVER, ...delays])
    place.exitWith(1)
    place.tree.write('file', 'x')
    await daemon.says('run:failed')
    askShell(place.db, PAUSE)
    await paused(place)
    place.exitWith(0)
    askShell(place.db, GO_ON)
    await place.tells('file')
    await place.settled()
  })
})
