import assert from 'node:assert/strict'
import { appendFileSync, chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { fastDirectory } from '../../support/fast-directory.js'
import { scaleOf } from '../../support/scale.js'
import { testUnless } from '../../support/test-unless.js'
import { whyNoFanotify } from './availability.js'
import { DirectEngine } from './direct-engine.js'

const { isLong } = scaleOf(process.env)
const FILES = isLong ? 200_000 : 20_000
const DIRECTORIES = isLong ? 100_000 : 10_000
const NESTED_TREES = 2_000
/** Events that are certainly read by one drain. */
const READ_AT_ONCE = 20_000
/** Far more than is seen: it is the order of magnitude that matters on a busy machine. */
const MOST_MICROSECONDS = 50

testUnless(await whyNoFanotify(), 'fanotify on large trees', largeTests)

function largeTests(): void {
  test(`nothing of a burst of ${FILES} files is missed`, async (t) => {
    const root = fastDirectory(t)
    const direct = await DirectEngine.start(t, root)
    for (let index = 0; index < FILES; index += 1) writeFileSync(join(root, `f${index}`), '')
    const { result: told, microseconds } = timed(() => direct.drainAll())
    t.diagnostic(`${(microseconds / FILES).toFixed(2)} µs of CPU for each file`)
    assert.deepEqual(direct.others, [])
    assert.equal(told.size, FILES)
  })

  test(`nothing of ${NESTED_TREES} trees made as fast as can be is missed`, async (t) => {
    const root = fastDirectory(t)
    const direct = await DirectEngine.start(t, root)
    for (let index = 0; index < NESTED_TREES; index += 1) {
      mkdirSync(join(root, `t${index}/a/b/c`), { recursive: true })
      writeFileSync(join(root, `t${index}/a/b/c/f`), '')
    }
    const told = direct.drainAll()
    assert.deepEqual(direct.others, [])
    assert.equal(told.size, NESTED_TREES * 5)
    assert.equal(told.get(`t${NESTED_TREES - 1}/a/b/c`), 'CREATE|ISDIR')
  })

  test('what happens outside of the tree costs little', async (t) => {
    const top = fastDirectory(t)
    mkdirSync(join(top, 'root'))
    const direct = await DirectEngine.start(t, join(top, 'root'))
    mkdirSync(join(top, 'outside'))
    readAll(direct, DIRECTORIES)
    for (let index = 0; index < FILES; index += 1) writeFileSync(join(top, `outside/${index}`), '')
    // Made, and closed after writing.
    const inOne = timed(() => readAll(direct, FILES * 2)).microseconds / (FILES * 2)
    t.diagnostic(`${inOne.toFixed(2)} µs of CPU for each event in one directory`)
    for (let index = 0; index < DIRECTORIES; index += 1)
      mkdirSync(join(top, `many/${index}`), { recursive: true })
    readAll(direct, DIRECTORIES)
    for (let index = 0; index < DIRECTORIES; index += 1)
      chmodSync(join(top, `many/${index}`), 0o700)
    const inMany = timed(() => readAll(direct, DIRECTORIES)).microseconds / DIRECTORIES
    t.diagnostic(`${inMany.toFixed(2)} µs for each event in ${DIRECTORIES} directories`)
    assert.equal(direct.drain().size, 0)
    assert.deepEqual(direct.others, [])
    assert.ok(inOne < MOST_MICROSECONDS && inMany < MOST_MICROSECONDS * 4)
  })

  test(`a directory with ${DIRECTORIES} below it is renamed: all is told by its new path`, async (t) => {
    const root = fastDirectory(t)
    const at = (index: number): string => `${index % 100}/${index}`
    for (let index = 0; index < DIRECTORIES; index += 1) {
      mkdirSync(join(root, 'top', at(index)), { recursive: true })
      writeFileSync(join(root, 'top', at(index), 'x'), '')
    }
    const direct = await DirectEngine.start(t, root)
    for (let index = 0; index < DIRECTORIES; index += 1)
      appendFileSync(join(root, 'top', at(index), 'x'), '1')
    assert.equal(direct.drainAll().size, DIRECTORIES)
    renameSync(join(root, 'top'), join(root, 'new'))
    const renamed = timed(() => direct.drain())
    t.diagnostic(`${(renamed.microseconds / 1_000).toFixed(2)} ms of CPU for the rename`)
    assert.deepEqual(Object.fromEntries(renamed.result), {
      top: 'MOVED_FROM|ISDIR',
      new: 'MOVED_TO|MOVE_SELF|ISDIR',
    })
    assert.deepEqual(direct.others, ['renamed top new'])
    for (let index = 0; index < DIRECTORIES; index += 1)
      appendFileSync(join(root, 'new', at(index), 'x'), '2')
    const told = direct.drainAll()
    assert.equal(told.size, DIRECTORIES)
    assert.ok([...told.keys()].every((path) => path.startsWith('new/')))
  })
}

/** Nothing is told that would show that there is more. */
function readAll({ engine }: DirectEngine, events: number): void {
  for (let read = 0; read < events; read += READ_AT_ONCE) engine.drain()
}

function timed<Result>(work: () => Result): {
  readonly result: Result
  readonly microseconds: number
} {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return { result, microseconds: user + system }
}
