import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import Database from 'better-sqlite3'

import { CLSYNC } from '../support/clsync-process.ts'
import { LISTED, LivePlace } from '../support/live-place.ts'
import { MountableDirectory } from '../support/mounts.ts'
import { asNobody, notAsNobody } from '../support/nobody.ts'

/** A place whose tree is known, with a running daemon, and a way to take the tree away. */
class Stage extends LivePlace {
  readonly away: string

  constructor(t: TestContext, makeDirectory?: () => string) {
    super(t, makeDirectory)
    this.away = join(this.directory, 'away')
    for (const name of ['a', 'd/b', 'd/e/c']) this.tree.write(name, 'x')
  }

  takeAway(): void {
    renameSync(this.tree.root, this.away)
  }

  bringBack(): void {
    renameSync(this.away, this.tree.root)
  }

  async isHeld(): Promise<void> {
    await this.daemon.says('root:held')
    await this.until(() => this.status('state') === 'held')
    assert.deepEqual([this.runs().length, this.held()], [0, []])
  }

  /** Resolves when the tree was compared after it came back. */
  async isReleased(): Promise<void> {
    await this.daemon.says('root:released')
    await this.daemon.says('reconcile:finished', ({ reason }) => reason === 'root is back')
    await this.settled()
  }

  /** Without the watch directory itself, whose ctime may change when it is renamed. */
  toldPaths(): readonly string[] {
    return [...this.told().keys()].filter((path) => path !== '').toSorted()
  }
}

/** The same with its database in the watch directory. */
class InnerStage extends Stage {
  override readonly db: string

  constructor(t: TestContext) {
    super(t)
    this.db = join(this.tree.root, 'clsync.db')
  }
}

describe('The root guard', { concurrency: 4 }, () => {
  test('A watch directory that was renamed away holds everything, until it is back with what changed', async (t) => {
    const stage = new Stage(t)
    const daemon = await stage.startAndForget(LISTED)
    stage.takeAway()
    await stage.isHeld()
    assert.match((await daemon.says('root:held')).hint ?? '', /--acceptnewroot/)
    rmSync(join(stage.away, 'd/e'), { recursive: true })
    mkdirSync(join(stage.away, 'new'))
    stage.bringBack()
    await stage.isReleased()
    assert.deepEqual(stage.toldPaths(), ['d/e', 'new'])
    stage.tree.write('new/file', 'x')
    await stage.tells('new/file')
    assert.equal(stage.runs('initialsync').length, 0)
    await stage.until(() => stage.status('state') === 'watching')
  })

  test('A database that goes with the watch directory makes no other directory ours', async (t) => {
    const stage = new InnerStage(t)
    const daemon = await stage.startAndForget(LISTED)
    stage.takeAway()
    mkdirSync(stage.tree.root, { mode: 0o700 })
    await daemon.says('root:held')
    // Nothing is to happen at the next two looks at the files of the database.
    await delay(4_500)
    rmSync(stage.tree.root, { recursive: true })
    stage.bringBack()
    await stage.isReleased()
    stage.tree.write('new', 'x')
    await stage.tells('new')
    assert.deepEqual(stage.runs('initialsync'), [])
    assert.deepEqual(daemon.saysOf('database:replaced'), [])
  })

  test('A watch directory that goes again while its comparison waits for a lock is compared at last', async (t) => {
    const stage = new Stage(t)
    const daemon = await stage.startAndForget(LISTED)
    stage.takeAway()
    await stage.isHeld()
    const other = new Database(stage.db)
    other.exec('BEGIN IMMEDIATE')
    stage.bringBack()
    await daemon.says('database:waiting')
    stage.takeAway()
    await stage.until(() => daemon.saysOf('root:held').length === 2)
    other.exec('COMMIT')
    other.close()
    await daemon.says('database:recovered')
    mkdirSync(join(stage.away, 'unseen'))
    stage.bringBack()
    await stage.tells('unseen')
    await stage.settled()
  })

  test('Another directory in its place changes nothing, not even at the next start', async (t) => {
    const stage = new Stage(t)
    await stage.startAndForget(LISTED)
    stage.takeAway()
    mkdirSync(stage.tree.root)
    await stage.isHeld()
    assert.equal(await stage.daemon.stop(), 0)

    stage.launch(LISTED)
    await stage.isHeld()
    assert.match((await stage.daemon.says('root:held')).message, /is another directory than before/)
    rmSync(stage.tree.root, { recursive: true })
    stage.bringBack()
    stage.tree.write('new', 'x')
    await stage.isReleased()
    assert.deepEqual(stage.toldPaths(), ['new'])
  })

  test('Whoever starts it in the background is told at once that it holds', async (t) => {
    const stage = new Stage(t)
    await stage.startAndForget(LISTED)
    await stage.daemon.stop()
    stage.takeAway()
    mkdirSync(stage.tree.root)
    const args = ['-b', '--db', stage.db, ...LISTED, 'tree', 'script']
    const { status, stderr } = spawnSync(process.execPath, [CLSYNC, ...args], {
      cwd: stage.directory,
      encoding: 'utf8',
      timeout: 30_000,
    })
    assert.equal(status, 1, stderr)
    assert.match(stderr, /tree is another directory than before\nhint: .*--acceptnewroot/)
    assert.equal(stage.status('state'), 'stopped')
  })

  test('With --acceptnewroot another directory in its place is mirrored from the start', async (t) => {
    const stage = new Stage(t)
    await stage.startAndForget(LISTED)
    await stage.daemon.kill()
    stage.takeAway()
    mkdirSync(stage.tree.root)
    stage.tree.write('other', 'x')
    await stage.start([...LISTED, '--acceptnewroot'])
    assert.equal(stage.runs('initialsync').length, 1)
    assert.deepEqual(stage.query(`SELECT name FROM entry WHERE name <> ''`), [{ name: 'other' }])
    stage.forgetRuns()
    stage.tree.write('more', 'x')
    await stage.tells('more')
    await stage.daemon.stop()
    await stage.start(LISTED)
    assert.equal(stage.runs('initialsync').length, 0)
  })

  test('A run during which the watch directory is lost does not count, whatever its script says', async (t) => {
    const stage = new Stage(t)
    await stage.startAndForget(LISTED)
    stage.hold()
    stage.tree.write('a', 'changed')
    await stage.ran('synclist')
    stage.takeAway()
    await stage.daemon.says('root:held')
    stage.letGo()
    await stage.until(() => stage.runs()[0]?.exitCode === 0)
    await stage.daemon.says('run:failed', ({ why }) => /watch directory was lost/.test(String(why)))
    stage.forgetRuns()
    stage.bringBack()
    await stage.isReleased()
    assert.deepEqual(stage.toldPaths(), ['a'])
  })

  test('An initial sync during which the watch directory is lost is done again', async (t) => {
    const stage = new Stage(t)
    stage.hold()
    const daemon = stage.launch(LISTED)
    await stage.ran('initialsync')
    stage.takeAway()
    await daemon.says('root:held')
    stage.letGo()
    await daemon.says('run:failed', ({ kind }) => kind === 'initialsync')
    stage.forgetRuns()
    stage.bringBack()
    await daemon.says('run:succeeded', ({ kind }) => kind === 'initialsync')
    await stage.settled()
    assert.equal(stage.runs('initialsync').length, 1)
  })

  test('On an overlay a watch directory that is written to for the first time stays the same', async (t) => {
    const mountable = new MountableDirectory(t)
    const stage = new Stage(t, () => mountable.path)
    stage.takeAway()
    symlinkSync('merged/tree', stage.tree.root)
    const fill = (lower: string): void => cpSync(stage.away, `${lower}/tree`, { recursive: true })
    if (!mountable.mountsOverlay('merged', fill)) return
    await stage.startAndForget(LISTED)
    const { birthtimeMs } = statSync(stage.tree.root)
    stage.tree.write('d/new', 'x')
    stage.tree.write('new', 'x')
    await stage.tells('new')
    assert.notEqual(statSync(stage.tree.root).birthtimeMs, birthtimeMs, 'it was copied up')
    await stage.daemon.stop()
    stage.forgetRuns()
    stage.tree.write('later', 'x')
    await stage.start(LISTED)
    assert.ok(stage.toldPaths().includes('later'))
  })

  test(
    'A watch directory that was unmounted holds everything until it is mounted again',
    {
      skip: notAsRoot(),
    },
    async (t) => {
      let mounted = ''
      t.after(() => spawnSync('umount', ['-l', mounted]))
      const stage = new Stage(t)
      mounted = stage.tree.root
      stage.takeAway()
      mkdirSync(stage.tree.root)
      mount(stage.away, stage.tree.root)
      await stage.startAndForget(LISTED)
      unmount(stage.tree.root)
      await stage.isHeld()
      stage.tree.write('written to the mount point', 'x')
      rmSync(join(stage.away, 'a'))
      mount(stage.away, stage.tree.root)
      await stage.isReleased()
      assert.deepEqual(stage.toldPaths(), ['a'])
    },
  )

  test(
    'A watch directory that cannot be read holds everything until it can',
    {
      skip: notAsNobody(),
    },
    async (t) => {
      const stage = new Stage(t)
      await stage.startAndForget(LISTED, { launcher: asNobody(stage.directory) })
      chmodSync(stage.tree.root, 0)
      await stage.isHeld()
      chmodSync(stage.tree.root, 0o755)
      rmSync(stage.tree.at('a'))
      await stage.isReleased()
      assert.ok(stage.toldPaths().includes('a'))
      assert.ok(!stage.toldPaths().includes('d'))
    },
  )

  test(
    'What is in directories that cannot be read is unknown, not deleted',
    {
      skip: notAsNobody(),
    },
    async (t) => {
      const stage = new Stage(t)
      const launcher = asNobody(stage.directory)
      await stage.startAndForget(LISTED, { launcher })
      await stage.daemon.stop()
      stage.tree.write('d/e/new', 'x')
      stage.tree.chmod('d/e', 0)
      const daemon = await stage.start(LISTED, { launcher })
      assert.deepEqual(stage.toldPaths(), ['d/e'])
      assert.match(
        (await daemon.says('watch:problem')).message,
        /changes in directory d\/e are not told/,
      )
      stage.tree.chmod('d/e', 0o755)
      await stage.tells('d/e/new')
      await stage.settled()
      assert.deepEqual(stage.toldPaths(), ['d/e', 'd/e/new'])
    },
  )
})

function notAsRoot(): string | false {
  return process.getuid?.() === 0 ? false : 'only root can mount'
}

function mount(from: string, to: string): void {
  assert.equal(spawnSync('mount', ['--bind', from, to]).status, 0)
}

function unmount(path: string): void {
  assert.equal(spawnSync('umount', ['-l', path]).status, 0)
}
