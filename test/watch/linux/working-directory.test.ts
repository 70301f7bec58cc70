import assert from 'node:assert/strict'
import { closeSync, openSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { test } from 'node:test'

import { openLibc } from '../../../dist/watch/linux/libc.js'
import { WorkingDirectory } from '../../../dist/watch/linux/working-directory.js'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { notOnLinux, testUnless } from '../../support/test-unless.ts'

/** Where the threads of this process are. */
function places(): readonly string[] {
  const threads = readdirSync('/proc/self/task')
  return threads.map((thread) => readlinkSync(`/proc/self/task/${thread}/cwd`))
}

testUnless(notOnLinux, 'a working directory of the thread', () => {
  test('only this thread goes to a directory, and it comes back', (t) => {
    const home = process.cwd()
    const elsewhere = realpathSync(temporaryDirectory(t))
    const descriptor = openSync(elsewhere, 'r')
    t.after(() => closeSync(descriptor))
    const libc = openLibc()
    const own = WorkingDirectory.ofThread(libc)
    if (own === undefined) return t.skip('a sandbox forbids unshare(2)')
    t.after(() => own.close())

    assert.ok(own.enter(descriptor))
    assert.deepEqual(
      places().filter((place) => place !== home),
      [elsewhere],
    )
    own.leave()
    assert.ok(places().every((place) => place === home))
  })

  test('what cannot be entered is said', () => {
    const own = WorkingDirectory.ofThread(openLibc())
    assert.notEqual(own?.enter(-1), true)
    own?.close()
  })

  test('there is none where a sandbox forbids it, and no descriptor is left', () => {
    const libc = openLibc()
    const before = readdirSync('/proc/self/fd').length
    assert.equal(WorkingDirectory.ofThread({ ...libc, unshare: () => -1 }), undefined)
    assert.equal(WorkingDirectory.ofThread({ ...libc, fchdir: () => -1 }), undefined)
    assert.equal(readdirSync('/proc/self/fd').length, before)
  })
})
