import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Recording } from '../support/recording.js'
import { file } from '../support/sightings.js'

test('a path of more directories than a stack has room for is recorded and found again', async (t) => {
  const recording = new Recording(t)
  const deep = Array.from({ length: 15_000 }, () => 'd').join('/')
  await recording.hints(deep, file('f'))
  assert.deepEqual(Object.keys(recording.events()), [`${deep}/f`])
  recording.reopen()
  assert.notEqual(recording.queue.catalogue.numberOf(deep), undefined)
})
