import assert from 'node:assert/strict'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { LISTED, LivePlace } from '../support/live-place.ts'
import { MountableDirectory } from '../support/mounts.ts'
import { testUnless } from '../support/test-unless.ts'
import { whyNoFanotify } from '../watch/fanotify/availability.ts'

const FLAGS = [...LISTED, '--initialsync', 'never']
const WARNING = /^cannot watch what is mounted at ov: /

testUnless(await whyNoFanotify(), 'mounts that fanotify cannot mark', unmarkedTests)

function unmarkedTests(): void {
  test('--auto watches with inotify where a mount cannot be marked, and says why', async (t) => {
    const stage = new Stage(t)
    if (!stage.mountsOverlay()) return
    const daemon = await stage.place.startAndForget([...FLAGS, '--auto'])
    assert.equal(daemon.saysOf('daemon:ready')[0]?.['engine'], 'inotify')
    const said = daemon.saysOf('engine:passed-over').map(({ message }) => message)
    assert.equal(said.length, 1)
    assert.match(said[0] ?? '', /^cannot use fanotify: what is mounted at ov cannot be watched: /)
    stage.place.tree.write('ov/a', 'x')
    stage.place.tree.write('b', 'x')
    await stage.place.tells('ov/a', 'b')
  })

  test('--auto watches with fanotify where the rules reject the mount', async (t) => {
    const stage = new Stage(t)
    if (!stage.mountsOverlay()) return
    writeFileSync(join(stage.place.directory, 'rules'), '-d^/ov$\n')
    const daemon = await stage.place.start([...FLAGS, '--auto'], { rulesFile: 'rules' })
    assert.equal(daemon.saysOf('daemon:ready')[0]?.['engine'], 'fanotify')
    assert.deepEqual(daemon.saysOf('watch:problem'), [])
  })

  test('--fanotify warns of the mount and watches the rest', async (t) => {
    const stage = new Stage(t)
    if (!stage.mountsOverlay()) return
    const daemon = await stage.place.startAndForget([...FLAGS, '--fanotify'])
    assert.match(daemon.saysOf('watch:problem')[0]?.message ?? '', WARNING)
    stage.place.tree.write('b', 'x')
    await stage.place.tells('b')
  })

  test('--auto keeps fanotify when such a mount comes later, also after the tree was away', async (t) => {
    const stage = new Stage(t)
    const { place } = stage
    const away = join(place.directory, 'away')
    const daemon = await place.startAndForget([...FLAGS, '--auto'])
    if (!stage.mountsOverlay()) return
    await daemon.says('watch:problem', ({ message }) => WARNING.test(message))
    renameSync(place.tree.root, away)
    await daemon.says('root:held')
    renameSync(away, place.tree.root)
    await place.until(() => daemon.saysOf('daemon:ready').length === 2)
    assert.equal(daemon.saysOf('daemon:ready')[1]?.['engine'], 'fanotify')
    place.tree.write('b', 'x')
    await place.tells('b')
  })
}

/** A place in which an overlay can be mounted. */
class Stage {
  readonly place: LivePlace
  #directory: MountableDirectory | undefined

  constructor(t: TestContext) {
    this.place = new LivePlace(t, () => {
      this.#directory = new MountableDirectory(t)
      return this.#directory.path
    })
  }

  mountsOverlay(): boolean {
    return this.#directory?.mountsOverlay('tree/ov') === true
  }
}
