import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { appendFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { IN_ISDIR, IN_MOVED_TO } from '../../../dist/model/mask.js'
import { openLibc } from '../../../dist/watch/linux/libc.js'
import { fastDirectory } from '../../support/fast-directory.js'
import { EngineSession } from './engine-session.js'

const run = promisify(execFile)
const TREES = 2000

/** `mkdir -p a/b/c/d && touch a/b/c/d/f`, without the time that starting a program takes. */
const makeTrees = (trees: number): string => `
  const fs = require('node:fs')
  for (let n = 0; n < ${trees}; n++) {
    fs.mkdirSync(\`t\${n}/b/c/d\`, { recursive: true })
    fs.writeFileSync(\`t\${n}/b/c/d/f\`, '')
  }`

test(`of ${TREES} nested trees made as fast as can be none is missed`, async (t) => {
  const root = fastDirectory(t)
  const session = await EngineSession.start(t, { root })

  await session.during(run(process.execPath, ['-e', makeTrees(TREES)], { cwd: root }))
  await session.quiet()

  for (let tree = 0; tree < TREES; tree++) {
    const names = ['', '/b', '/b/c', '/b/c/d', '/b/c/d/f'].map((below) => `t${tree}${below}`)
    for (const name of names) assert.ok(session.looks.has(name), `${name} was missed`)
  }
  assert.deepEqual(session.belows, [])
})

test('what is made while the tree is first walked is told', async (t) => {
  const root = fastDirectory(t)
  for (let n = 0; n < 1000; n++) mkdirSync(join(root, `${n % 50}/${n}/x`), { recursive: true })
  const session = new EngineSession({ root })
  t.after(() => session.engine.close())

  const started = session.engine.start()
  const made = run(process.execPath, ['-e', makeTrees(300)], { cwd: join(root, '49') })
  await started
  await session.during(made)
  await session.quiet()
  for (let n = 0; n < 50; n++) writeFileSync(join(root, `${n}/late`), '')
  writeFileSync(join(root, '49/t299/b/c/d/late'), '')
  await session.quiet()

  for (let n = 0; n < 50; n++) assert.ok(session.looks.has(`${n}/late`))
  assert.ok(session.looks.has('49/t299/b/c/d/late'))
})

test('a tree that is moved in is to be compared, and watched', async (t) => {
  const home = fastDirectory(t)
  const root = join(home, 'root')
  mkdirSync(root)
  mkdirSync(join(home, 'new/a/b'), { recursive: true })
  writeFileSync(join(home, 'new/a/b/\n'), '')
  const session = await EngineSession.start(t, { root })

  renameSync(join(home, 'new'), join(root, 'here'))
  await session.quiet()
  assert.deepEqual(session.belows, ['here: directory new'])
  assert.deepEqual([...session.looks], [['here', IN_MOVED_TO | IN_ISDIR]])

  appendFileSync(join(root, 'here/a/b/\n'), 'more')
  await session.until(() => session.looks.has('here/a/b/\n'))
})

test('of a very large tree that is made only the place is told', async (t) => {
  const root = fastDirectory(t)
  const session = await EngineSession.start(t, { root })
  for (let n = 0; n < 10_400; n++) {
    const directory = join(root, `new/${Math.floor(n / 200)}`)
    if (n % 200 === 0) mkdirSync(join(directory, 'deep'), { recursive: true })
    writeFileSync(join(directory, `${n}`), '')
  }

  await session.quiet()
  assert.deepEqual(session.belows, ['new: directory new'])
  assert.ok(session.looks.size < 10_010)

  session.forget()
  for (let n = 0; n < 52; n++) writeFileSync(join(root, `new/${n}/deep/late`), '')
  await session.quiet()
  assert.equal(session.looks.size, 52)
})

test('where the file system does not say what a name is, it is looked at', async (t) => {
  const root = fastDirectory(t)
  mkdirSync(join(root, 'a/b'), { recursive: true })
  writeFileSync(join(root, 'a/file'), '')
  const session = await EngineSession.start(t, { root, libc: withoutTypes() })

  writeFileSync(join(root, 'a/b/x'), '')
  mkdirSync(join(root, 'a/c/d'), { recursive: true })
  await session.until(() => session.looks.has('a/b/x') && session.looks.has('a/c/d'))
})

test('symlinks are never followed, not even those put in the place of a directory', async (t) => {
  const home = fastDirectory(t)
  const root = join(home, 'root')
  mkdirSync(join(root, 'a/b'), { recursive: true })
  mkdirSync(join(home, 'outside/b'), { recursive: true })
  const session = await EngineSession.start(t, { root })

  renameSync(join(root, 'a'), join(root, 'old'))
  symlinkSync('../outside', join(root, 'a'))
  symlinkSync('../outside', join(root, 'link'))
  session.engine.cover('a/b')
  await session.quiet()
  session.forget()
  writeFileSync(join(home, 'outside/x'), '')
  writeFileSync(join(home, 'outside/b/x'), '')
  writeFileSync(join(root, 'old/b/x'), '')
  await session.quiet()
  assert.deepEqual([...session.looks.keys()], ['old/b/x'])
})

/** As some network and FUSE file systems are. */
function withoutTypes(): ReturnType<typeof openLibc> {
  const libc = openLibc()
  const memories = new Map<number, Buffer>()
  return {
    ...libc,
    allocate(size) {
      const memory = libc.allocate(size)
      memories.set(memory.address, memory.bytes)
      return memory
    },
    fstatfs: () => -1,
    getdents64(fd, into, length) {
      const read = libc.getdents64(fd, into, length)
      const bytes = memories.get(into) ?? Buffer.alloc(0)
      for (let at = 0; at < read; at += bytes.readUInt16LE(at + 16)) bytes[at + 18] = 0
      return read
    },
  }
}
