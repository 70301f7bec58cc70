import assert from 'node:assert/strict'
import { test } from 'node:test'

import { LISTED, LivePlace } from '../support/live-place.ts'
import { fastDirectory } from '../support/fast-directory.ts'
import { scaleOf } from '../support/scale.ts'
import { whyNoFanotify } from '../watch/fanotify/availability.ts'

const FILES = scaleOf(process.env).isLong ? 200_000 : 10_000
const DIRECTORIES = 100

const skips = {
  inotify: process.platform === 'linux' ? undefined : 'not on Linux',
  fanotify: await whyNoFanotify(),
}

for (const engine of ['inotify', 'fanotify'] as const) {
  test(
    `${engine}: the script is told of all of ${FILES} files made at once`,
    { skip: skips[engine] },
    async (t) => {
      const place = new LivePlace(t, fastDirectory)
      const daemon = await place.startAndForget([...LISTED, `--${engine}`])
      const began = performance.now()
      const paths = [...makeFiles(place)]
      const madeMs = performance.now() - began
      await place.tells(...paths.slice(-1))
      await place.settled()
      const toldMs = performance.now() - began
      const told = place.told()
      const missing = paths.filter((path) => !told.has(path))
      assert.deepEqual(missing.slice(0, 10), [])
      const overflows = daemon
        .saysOf('reconcile:finished')
        .filter(({ reason }) => reason === 'overflow')
      t.diagnostic(
        `made in ${madeMs.toFixed(0)} ms, told after ${toldMs.toFixed(0)} ms in ${place.runs('synclist').length} runs, ${overflows.length} overflows`,
      )
      if (engine === 'fanotify') assert.equal(overflows.length, 0)
      await daemon.stop()
    },
  )
}

function* makeFiles({ tree }: LivePlace): Generator<string> {
  for (let index = 0; index < FILES; index += 1) {
    const directory = `${index % DIRECTORIES}`
    if (index < DIRECTORIES) tree.makeDirectory(directory)
    const path = `${directory}/${index}`
    tree.write(path, '')
    yield path
  }
}
