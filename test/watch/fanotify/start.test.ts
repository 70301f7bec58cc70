import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

import { fastDirectory } from '../../support/fast-directory.js'
import { LivePlace, SOON } from '../../support/live-place.js'
import { scaleOf } from '../../support/scale.js'
import { testUnless } from '../../support/test-unless.js'
import { whyNoFanotify } from './availability.js'

const DIRECTORIES = scaleOf(process.env).isLong ? 100_000 : 30_000
const READY_MS = 100
/** One start is not like another, by some MiB. */
const NOISE_MIB = 8
/** So much longer a start may take that a busy machine does not let run; a crawl takes longer. */
const NOISE = 0.5
/** The quickest start counts: others use this machine as well. */
const [FEWEST_STARTS, MOST_STARTS] = [3, 12]

const START = fileURLToPath(new URL('./fixture/start-engine.js', import.meta.url))

testUnless(await whyNoFanotify(), 'the start with fanotify', startTests)

function startTests(): void {
  test(`the engine is ready at once on ${DIRECTORIES} directories, in as much memory as on none`, (t) => {
    const top = fastDirectory(t)
    makeDirectories(join(top, 'tree'))
    mkdirSync(join(top, 'empty'))
    const figures = ['inotify', 'fanotify'].map((engine) => {
      const [onTree, onEmpty] = ['tree', 'empty'].map((name) => started(join(top, name), engine))
      const [tookMs, mib] = [onTree?.tookMs ?? NaN, (onTree?.mib ?? NaN) - (onEmpty?.mib ?? NaN)]
      t.diagnostic(`${engine}: ${tookMs.toFixed(1)} ms, ${mib.toFixed(1)} MiB more than on none`)
      return { tookMs, mib }
    })
    const [, fanotify] = figures
    assert.ok(fanotify !== undefined && fanotify.tookMs < READY_MS && fanotify.mib < NOISE_MIB)
  })

  test(`the program is ready as soon on ${DIRECTORIES} directories as on none`, async (t) => {
    const top = fastDirectory(t)
    const placeIn = (name: string): LivePlace => {
      mkdirSync(join(top, name))
      return new LivePlace(t, () => join(top, name))
    }
    const [large, none] = [placeIn('tree'), placeIn('empty')]
    makeDirectories(join(top, 'tree/tree'))
    let [onTree, onEmpty] = [Infinity, Infinity]
    const isLate = (): boolean => onTree - onEmpty > READY_MS + NOISE * onEmpty
    for (let start = 0; start < FEWEST_STARTS || isLate(); start += 1) {
      assert.ok(start < MOST_STARTS, `${onTree} ms, without directories ${onEmpty} ms`)
      onTree = Math.min(onTree, await readyAfterMs(large))
      onEmpty = Math.min(onEmpty, await readyAfterMs(none))
    }
    tell(t, onTree, onEmpty)
  })
}

/** From the start of the process. */
async function readyAfterMs(place: LivePlace): Promise<number> {
  const began = performance.now()
  const daemon = place.launch([...SOON, '--fanotify', '--initialsync', 'never'])
  await daemon.says('daemon:ready')
  const took = performance.now() - began
  await daemon.kill()
  return took
}

function tell(t: TestContext, onTree: number, onEmpty: number): void {
  const began = performance.now()
  execFileSync(process.execPath, ['-e', '0'])
  const bare = performance.now() - began
  const [tree, empty, node] = [onTree, onEmpty, bare].map((ms) => `${ms.toFixed(0)} ms`)
  t.diagnostic(`ready ${tree} after exec, without directories ${empty}; Node itself takes ${node}`)
}

function started(root: string, engine: string): { readonly tookMs: number; readonly mib: number } {
  return JSON.parse(execFileSync(process.execPath, [START, root, engine], { encoding: 'utf8' }))
}

function makeDirectories(root: string): void {
  for (let index = 0; index < DIRECTORIES; index += 1) {
    mkdirSync(join(root, `${index % 100}/${index}`), { recursive: true })
  }
}
