import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { IN_ATTRIB, IN_ISDIR } from '../../../dist/model/mask.js'
import { fastDirectory } from '../../support/fast-directory.js'
import { asOrdinaryUser } from '../../support/ordinary-user.js'
import { EngineSession } from './engine-session.js'

test('an overflow of the queue is told, and a crawl puts everything right again', async (t) => {
  const home = fastDirectory(t)
  const root = join(home, 'root')
  for (const path of ['a/deep', 'b', 'c', 'd']) mkdirSync(join(root, path), { recursive: true })
  const session = await EngineSession.start(t, { root })

  fillQueue(join(root, 'c'))
  // Nobody will ever hear of these.
  renameSync(join(root, 'a'), join(root, 'b/a'))
  renameSync(join(root, 'd'), join(home, 'd'))
  rmSync(join(root, 'c'), { recursive: true })
  mkdirSync(join(root, 'new/deep'), { recursive: true })
  await session.quiet()
  assert.ok(session.belows.includes(': overflow'))

  session.forget()
  for (const path of ['b/a/deep', 'b/a', 'new/deep']) writeFileSync(join(root, path, 'x'), '')
  writeFileSync(join(home, 'd/x'), '')
  await session.quiet()
  assert.deepEqual([...session.looks.keys()].toSorted(), ['b/a/deep/x', 'b/a/x', 'new/deep/x'])
  assert.deepEqual(session.problems, [])
})

test('the root is lost when it is deleted or moved, and nothing is told after that', async (t) => {
  for (const lose of [
    (root: string): void => rmSync(root, { recursive: true }),
    (root: string): void => renameSync(root, `${root}-moved`),
  ]) {
    const root = join(fastDirectory(t), 'root')
    mkdirSync(join(root, 'a'), { recursive: true })
    const session = await EngineSession.start(t, { root })
    lose(root)
    await session.until(() => session.lost.length > 0)
    session.forget()
    mkdirSync(join(root, 'a/b'), { recursive: true })
    await session.quiet()
    assert.equal(session.lost.length, 1)
    assert.equal(session.looks.size, 0)
  }
})

test('the root may be a symlink, and its own attributes are told', async (t) => {
  const home = fastDirectory(t)
  mkdirSync(join(home, 'real/a'), { recursive: true })
  symlinkSync('real', join(home, 'root'))
  const session = await EngineSession.start(t, { root: join(home, 'root') })

  chmodSync(join(home, 'real'), 0o711)
  chmodSync(join(home, 'real/a'), 0o711)
  await session.quiet()
  const bits = IN_ATTRIB | IN_ISDIR
  assert.deepEqual([...session.looks].toSorted(), [
    ['', bits],
    ['a', bits],
  ])
})

test('an unreadable directory is a problem, and watched as soon as it is readable', async (t) => {
  const root = fastDirectory(t)
  chmodSync(root, 0o755)
  for (const path of ['a', 'secret/inner', 'z']) mkdirSync(join(root, path), { recursive: true })
  chmodSync(join(root, 'secret'), 0o311)
  const session = new EngineSession({ root })
  t.after(() => session.engine.close())

  await startAsOrdinaryUser(session)
  assert.deepEqual(
    session.problems.map(({ path, errno }) => ({ path, errno })),
    [{ path: 'secret', errno: 'EACCES' }],
  )
  writeFileSync(join(root, 'z/x'), '')
  await session.until(() => session.looks.has('z/x'))

  chmodSync(join(root, 'secret'), 0o755)
  await session.until(() => session.belows.length > 0)
  assert.deepEqual(session.belows, ['secret: directory new'])
  writeFileSync(join(root, 'secret/inner/x'), '')
  await session.until(() => session.looks.has('secret/inner/x'))
})

test('an unmounted directory is to be compared, what is beneath is watched', async (t) => {
  const root = fastDirectory(t)
  const mounted = join(root, 'a/mounted')
  mkdirSync(join(mounted, 'beneath'), { recursive: true })
  if (!mounts(t, ['-t', 'tmpfs', 'clsync-test', mounted])) return
  mkdirSync(join(mounted, 'b/c'), { recursive: true })
  const session = await EngineSession.start(t, { root })

  await session.quiet()
  execFileSync('umount', [mounted])
  await session.quiet()
  assert.ok(session.belows.includes('a/mounted: watch lost'), session.describe())
  writeFileSync(join(mounted, 'beneath/x'), '')
  await session.until(() => session.looks.has('a/mounted/beneath/x'))
})

test('a directory that is mounted twice is a problem, told once', async (t) => {
  const root = fastDirectory(t)
  for (const path of ['a/deep', 'b']) mkdirSync(join(root, path), { recursive: true })
  if (!mounts(t, ['--bind', join(root, 'a'), join(root, 'b')])) return
  const session = await EngineSession.start(t, { root })
  await session.quiet()
  writeFileSync(join(root, 'a/deep/x'), '')
  await session.quiet()
  session.below('', 'audit')
  session.turn()
  execFileSync('umount', [join(root, 'b')])

  const [problem, ...others] = session.problems
  assert.equal(problem?.errno, 'EEXIST')
  assert.match(problem?.message ?? '', /^(a is the same directory as b|b is .* as a)$/)
  assert.deepEqual(others, [])
  assert.equal(session.looks.size, 1)
})

/** Makes events until the kernel's queue holds no more. */
function fillQueue(directory: string): void {
  const limit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
  for (let made = 0; made <= limit; made++) mkdirSync(join(directory, `${made}`))
}

/** As long as nothing is awaited, this thread is somebody else. */
async function startAsOrdinaryUser(session: EngineSession): Promise<void> {
  const started = asOrdinaryUser(() => {
    const promise = session.engine.start()
    for (let turn = 0; turn < 20; turn++) session.engine.drain()
    return promise
  })
  await started
}

function mounts(t: TestContext, parameters: readonly string[]): boolean {
  try {
    execFileSync('mount', parameters, { stdio: 'pipe' })
    return true
  } catch (error) {
    t.skip(`cannot mount: ${String(error)}`)
    return false
  }
}
