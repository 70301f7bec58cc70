import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Recording } from '../support/recording.js'
import { file, type Look } from '../support/sightings.js'

/** What anybody may set with touch(1) and truncate(1), and what some file systems say. */
const ODD: Readonly<Record<string, Look>> = {
  'a time after 2262': { mtime: 10_413_792_000 },
  'the last time of ext4 and that of a broken clock': { mtime: 15_032_385_535, ctime: 2 ** 40 },
  'a time before 1970 with a fraction': { mtime: -5.5, ctime: -0.25 },
  'a time before 1970': { mtime: -5 },
  'a time before 1677': { mtime: -11_644_473_600 },
  'the longest file': { size: 2 ** 63 },
  'an inode above 2^63': { ino: 2 ** 63 + 2 ** 62 + 2 ** 13 },
  'an inode above 2^53': { ino: 2 ** 60 + 2 ** 12 },
}

for (const [what, look] of Object.entries(ODD)) {
  test(`${what} is recorded, and found the same again`, async (t) => {
    const recording = new Recording(t)
    await recording.hints('', file('f', look))
    assert.deepEqual(Object.keys(recording.events()), ['f'])
    await recording.deliverAll()
    recording.reopen()
    await recording.begin('')
    await recording.lists('', file('f', look))
    await recording.finish()
    assert.deepEqual(recording.events(), {}, 'nothing has changed')
    await recording.hints('', file('f', { ...look, size: 7 }))
    assert.deepEqual(Object.keys(recording.events()), ['f'])
  })
}
