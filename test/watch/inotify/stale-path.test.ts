import assert from 'node:assert/strict'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { type Libc, openLibc } from '../../../dist/watch/linux/libc.js'
import { exchange } from '../../support/exchange.js'
import { fastDirectory } from '../../support/fast-directory.js'
import { notOnLinux, testUnless } from '../../support/test-unless.js'
import { EngineSession } from './engine-session.js'

/** Watches by name are set relative to an open directory, whatever its path is meanwhile. */
const IN_DONT_FOLLOW = 0x02000000

testUnless(notOnLinux, 'a directory that is opened by a path that leads elsewhere now', () => {
  for (const known of [true, false]) {
    const which = known ? 'is watched already' : 'is not known yet'
    test(`one that ${which} is not taken for the one that is meant`, async (t) => {
      const home = fastDirectory(t)
      const [root, outside] = [join(home, 'root'), join(home, 'outside')]
      mkdirSync(join(root, 'old'), { recursive: true })
      mkdirSync(outside)
      if (known) mkdirSync(join(root, 'old/b'))
      const hooks: (() => void)[] = []
      const session = await EngineSession.start(t, { root, libc: afterWatches(hooks) })

      if (!known) mkdirSync(join(root, 'old/b'))
      mkdirSync(join(root, 'new/b/c'), { recursive: true })
      // `new` is watched and about to be listed: what is opened as `new/b` then is the other one's.
      const swap = (): void => exchange(join(root, 'new'), join(root, 'old'))
      const takeAway = (): void => renameSync(join(root, 'new'), join(outside, 'gone'))
      if (!known) hooks.push(() => undefined)
      hooks.push(swap, takeAway)
      await session.quiet()
      assert.deepEqual(hooks, [])
      session.forget()

      const watched = ['old', 'old/b', 'old/b/c']
      for (const path of watched) writeFileSync(join(root, path, 'late'), '')
      writeFileSync(join(outside, 'gone/b/stray'), '')
      await session.quiet()
      const told = [...session.looks.keys()].toSorted()
      assert.deepEqual(told, watched.map((path) => join(path, 'late')).toSorted())
    })
  }
})

/** Calls the next of these after each directory that was opened and then watched. */
function afterWatches(hooks: (() => void)[]): Libc {
  const libc = openLibc()
  const inotifyAddWatch: Libc['inotifyAddWatch'] = (fd, path, mask) => {
    const watch = libc.inotifyAddWatch(fd, path, mask)
    if ((mask & IN_DONT_FOLLOW) === 0) hooks.shift()?.()
    return watch
  }
  return { ...libc, inotifyAddWatch }
}
