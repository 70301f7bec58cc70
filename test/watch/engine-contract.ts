import assert from 'node:assert/strict'
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'

import {
  IN_ATTRIB,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../../dist/model/mask.js'
import type { WatchSettings } from '../../dist/watch/contract.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { WatchSession } from './watch-session.js'

export interface EngineUnderTest {
  readonly title: string
  readonly settings: Pick<WatchSettings, 'engine' | 'pollMs'>
  /** `kernel`: what the kernel says; `guessed`: what can be concluded from a look. */
  readonly masks: 'kernel' | 'guessed'
  /** Module of the watch thread, where it is not the daemon's. */
  readonly entry?: URL
}

/** What every engine must do, seen from the main thread. */
export function engineContract(engine: EngineUnderTest): void {
  // Engines mostly wait, for the kernel or for timers of their own.
  describe(engine.title, { concurrency: 6 }, () => contractTests(engine))
}

function contractTests(engine: EngineUnderTest): void {
  const { settings } = engine
  const exact = engine.masks === 'kernel'

  /** A guessing engine may only find at its next comparison that something changed. */
  async function isTold(session: WatchSession, path: string, mask: number): Promise<void> {
    if (exact) await session.hearsOf(path, mask)
    else await session.agrees()
  }

  async function start(
    t: TestContext,
    prepare: (root: string) => void = () => undefined,
    more: Partial<WatchSettings> = {},
  ): Promise<WatchSession> {
    const root = temporaryDirectory(t)
    prepare(root)
    return WatchSession.start(t, { root, ...settings, ...more }, engine.entry)
  }

  test('of a file that changes and goes nothing below it is told', async (t) => {
    const session = await start(t, (root) => {
      mkdirSync(join(root, 'd'))
      writeFileSync(join(root, 'd/f'), '1')
    })
    appendFileSync(join(session.root, 'd/f'), '2')
    await session.agrees()
    rmSync(join(session.root, 'd/f'))
    await session.agrees()
    assert.ok(!session.model.masks.has('d/f/f'))
  })

  test('files made, written, appended, changed in mode and deleted are told', async (t) => {
    const session = await start(t)
    const file = join(session.root, 'file')
    writeFileSync(file, '1')
    await isTold(session, 'file', IN_CREATE | IN_CLOSE_WRITE)
    appendFileSync(file, '2')
    await isTold(session, 'file', IN_MODIFY | IN_CLOSE_WRITE)
    chmodSync(file, 0o600)
    await isTold(session, 'file', IN_ATTRIB)
    await session.agrees()
    rmSync(file)
    await isTold(session, 'file', IN_DELETE)
    await session.agrees()
  })

  test('directories made and deleted are told as directories', async (t) => {
    const session = await start(t)
    mkdirSync(join(session.root, 'dir'))
    await isTold(session, 'dir', IN_CREATE | IN_ISDIR)
    rmSync(join(session.root, 'dir'), { recursive: true })
    await isTold(session, 'dir', IN_DELETE | IN_ISDIR)
    await session.agrees()
  })

  test('files in directories that were there and in new ones are told', async (t) => {
    const session = await start(t, (root) => mkdirSync(join(root, 'a/b/c'), { recursive: true }))
    writeFileSync(join(session.root, 'a/b/c/old'), '')
    await isTold(session, 'a/b/c/old', 0)
    mkdirSync(join(session.root, 'a/b/new'))
    await session.agrees()
    writeFileSync(join(session.root, 'a/b/new/file'), '1')
    await session.agrees()
    session.model.masks.clear()
    appendFileSync(join(session.root, 'a/b/new/file'), '2')
    await isTold(session, 'a/b/new/file', 0)
    await session.agrees()
  })

  test('a renamed file is told under both names', async (t) => {
    const session = await start(t, (root) => {
      mkdirSync(join(root, 'a'))
      writeFileSync(join(root, 'a/x'), '')
    })
    renameSync(join(session.root, 'a/x'), join(session.root, 'y'))
    await session.agrees()
    await isTold(session, 'y', IN_MOVED_TO)
    session.model.masks.clear()
    renameSync(join(session.root, 'y'), join(session.root, 'a/z'))
    await isTold(session, 'y', IN_MOVED_FROM)
    await session.agrees()
  })

  test('what happens in a renamed directory is told under its new path', async (t) => {
    const session = await start(t, (root) => {
      mkdirSync(join(root, 'a/b/c'), { recursive: true })
      mkdirSync(join(root, 'd'))
      writeFileSync(join(root, 'a/b/c/x'), '')
    })
    renameSync(join(session.root, 'a/b'), join(session.root, 'd/e'))
    await session.agrees()
    appendFileSync(join(session.root, 'd/e/c/x'), '1')
    writeFileSync(join(session.root, 'd/e/c/y'), '')
    await session.agrees()
    renameSync(join(session.root, 'd'), join(session.root, 'a/d'))
    writeFileSync(join(session.root, 'a/d/e/c/z'), '')
    renameSync(join(session.root, 'a/d'), join(session.root, 'f'))
    appendFileSync(join(session.root, 'f/e/c/z'), 'at once')
    await session.agrees()
  })

  test('two directories that change places are told apart', async (t) => {
    const session = await start(t, (root) => {
      for (const name of ['a', 'b']) {
        mkdirSync(join(root, name))
        writeFileSync(join(root, name, `of ${name}`), name)
      }
    })
    const { root } = session
    renameSync(join(root, 'a'), join(root, 't'))
    renameSync(join(root, 'b'), join(root, 'a'))
    renameSync(join(root, 't'), join(root, 'b'))
    writeFileSync(join(root, 'a/new'), '')
    await session.agrees()
    appendFileSync(join(root, 'b/of a'), '2')
    await session.agrees()
  })

  test('directories moved out are forgotten, moved in are told with all they hold', async (t) => {
    const outside = temporaryDirectory(t)
    const session = await start(t, (root) => {
      mkdirSync(join(root, 'a/b'), { recursive: true })
      writeFileSync(join(root, 'a/b/x'), '')
    })
    renameSync(join(session.root, 'a'), join(outside, 'a'))
    await session.agrees()
    // For some milliseconds it may still turn out to be a move inside the tree.
    const write = (): void => appendFileSync(join(outside, 'a/b/x'), 'unseen')
    if (exact) while (await session.hearsBelow('a', write));
    session.model.masks.clear()
    write()
    mkdirSync(join(outside, 'a/b/new'))
    renameSync(join(outside, 'a'), join(session.root, 'back'))
    await session.agrees()
    appendFileSync(join(session.root, 'back/b/x'), 'seen')
    await session.agrees()
    const under = [...session.model.masks.keys()].filter((path) => path.startsWith('a/'))
    if (exact) assert.deepEqual(under, [])
  })

  test('trees made as fast as can be are told in full', async (t) => {
    const session = await start(t)
    for (let index = 0; index < 300; index += 1) {
      mkdirSync(join(session.root, `t${index}/a/b/c`), { recursive: true })
      writeFileSync(join(session.root, `t${index}/a/b/c/f`), '')
    }
    await session.agrees()
    for (let index = 0; index < 300; index += 100) {
      appendFileSync(join(session.root, `t${index}/a/b/c/f`), 'later')
    }
    await session.agrees()
  })

  test('a directory deleted and made again is watched again', async (t) => {
    const session = await start(t, (root) => mkdirSync(join(root, 'a')))
    for (let round = 0; round < 20; round += 1) {
      rmSync(join(session.root, 'a'), { recursive: true })
      mkdirSync(join(session.root, 'a'))
      writeFileSync(join(session.root, 'a/x'), `${round}`)
    }
    await session.agrees()
    appendFileSync(join(session.root, 'a/x'), 'later')
    await session.agrees()
  })

  test('odd names are told by their bytes', async (t) => {
    const session = await start(t)
    const names = [' ', '-rf', 'a b', '"\'', 'new\nline', 'ä€', 'x~', '.x.swp', '\\', '*', '\x01']
    for (const name of names) writeFileSync(join(session.root, name), '')
    const latin1 = Buffer.concat([Buffer.from(`${session.root}/`), Buffer.from([0x66, 0xfc, 0xff])])
    writeFileSync(latin1, '')
    mkdirSync(join(session.root, 'directory ü'))
    await session.agrees()
    writeFileSync(join(session.root, 'directory ü', 'x'), '')
    appendFileSync(latin1, 'later')
    await session.agrees()
  })

  test('symlinks are told, and what they lead to is not', async (t) => {
    const outside = temporaryDirectory(t)
    mkdirSync(join(outside, 'dir'))
    const session = await start(t, (root) => symlinkSync(outside, join(root, 'old')))
    symlinkSync(outside, join(session.root, 'new'))
    symlinkSync('.', join(session.root, 'loop'))
    await session.agrees()
    session.model.masks.clear()
    writeFileSync(join(outside, 'x'), '')
    writeFileSync(join(outside, 'dir', 'x'), '')
    writeFileSync(join(session.root, 'marker'), '')
    await isTold(session, 'marker', 0)
    const inside = [...session.model.states.keys()].filter((path) => path.includes('/'))
    assert.deepEqual(inside, [])
  })

  test('a second name of a file is told', async (t) => {
    const session = await start(t, (root) => writeFileSync(join(root, 'one'), '1'))
    linkSync(join(session.root, 'one'), join(session.root, 'two'))
    await isTold(session, 'two', IN_CREATE)
    await session.agrees()
  })

  test('rejected names are not kept, and rejected directories not watched', async (t) => {
    const accepts = (path: string, isDirectory: boolean): boolean =>
      path !== 'state' && !(isDirectory && path.endsWith('no')) && !path.endsWith('.tmp')
    const session = await start(
      t,
      (root) => mkdirSync(join(root, 'no/below'), { recursive: true }),
      {
        rules: '-d/no$\n-f\\.tmp$\n',
        ownPaths: ['state'],
      },
    )
    const { root } = session
    mkdirSync(join(root, 'state'))
    writeFileSync(join(root, 'state/list'), '')
    writeFileSync(join(root, 'no/below/x'), '')
    mkdirSync(join(root, 'yes/no'), { recursive: true })
    writeFileSync(join(root, 'yes/no/x'), '')
    writeFileSync(join(root, 'yes/no.tmp'), '')
    writeFileSync(join(root, 'yes/x'), '')
    await session.agrees(accepts)
    const told = [...session.model.states.keys()].toSorted()
    assert.deepEqual(told, ['yes', 'yes/x'])
  })

  test('other rules take effect with the next crawl', async (t) => {
    const session = await start(t, (root) => mkdirSync(join(root, 'no')), { rules: '-d/no$\n' })
    session.watcher.setRules('-d/other$\n')
    session.watcher.crawl('', 'fast')
    await session.agrees()
    writeFileSync(join(session.root, 'no/x'), '')
    await session.agrees()
  })

  test('a watch directory that goes away is lost, not deleted', async (t) => {
    const outside = temporaryDirectory(t)
    const session = await start(t, (root) => {
      mkdirSync(join(root, 'a'))
      writeFileSync(join(root, 'a/x'), '')
    })
    const known = new Map(session.model.states)
    renameSync(session.root, join(outside, 'moved'))
    await session.hears('root lost')
    assert.deepEqual(session.model.states, known)
  })

  test('no more than two packets come before the first is acknowledged', async (t) => {
    const root = temporaryDirectory(t)
    const session = await WatchSession.start(t, { root, ...settings }, engine.entry)
    const before = session.packets
    session.holdAcks()
    for (let index = 0; index < 20; index += 1) {
      writeFileSync(join(root, `${index}`), '')
      session.watcher.crawl('', 'fast')
      await session.turn()
    }
    assert.ok(session.packets - before <= 2)
    session.releaseAcks()
    await session.agrees()
  })

  test('after close nothing is told any more', async (t) => {
    const session = await start(t)
    await session.watcher.close()
    const { packets } = session
    writeFileSync(join(session.root, 'late'), '')
    await session.turn()
    assert.equal(session.packets, packets)
    assert.deepEqual(
      session.others.filter(({ type }) => type === 'failed'),
      [],
    )
  })
}
