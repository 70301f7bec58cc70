import { once } from 'node:events'
import { constants, mkdirSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { ringingScript } from '../peers/actions.ts'
import { quantile } from '../support/statistics.ts'
import { makeTree, writeNew } from '../support/tree.ts'
import { whileWatching, type Work } from './work.ts'

const DIRECTORIES = 100
const PAUSE_MS = 40
/** The first ones warm up what compiles while it runs. */
const WARM_UP = 20
/** A slow peer gets fewer writes. */
const MOST_MS = 10_000

/** From a single write to the first thing the script does. */
export function latency(writes: number): Work {
  return {
    id: 'latency',
    title: `Latency: single write → script runs, ${writes} writes, smallest delay`,
    metrics: [
      { name: 'p50', unit: 'ms' },
      { name: 'p99', unit: 'ms' },
      { name: 'least', unit: 'ms' },
    ],
    notes:
      `Every peer with the smallest delay it can have; ${WARM_UP} writes before to warm up; a pause ` +
      'after each. The start of `/bin/sh` is in it, for all.',
    async measure(peer, place) {
      const tree = join(place.directory, 'tree')
      const state = join(place.directory, 'state')
      mkdirSync(state, { mode: 0o700 })
      const directories = makeTree(tree, DIRECTORIES, 0)
      const { script, pipe } = ringingScript(place.directory)
      const bell = new Bell(pipe)
      const scene = {
        tree,
        directories: DIRECTORIES,
        state,
        script,
        delaySeconds: 0,
        isSingle: true,
      }
      try {
        return await whileWatching(peer, scene, place, async ({ settled }) => {
          await settled
          await delay(1_000)
          const path = (index: number): string => `${directories[index % DIRECTORIES]}/file${index}`
          await bell.quiet(PAUSE_MS)
          await takeTimes(bell, WARM_UP, path)
          const times = await takeTimes(bell, writes, (index) => path(index + WARM_UP))
          return [
            { p50: quantile(times, 0.5), p99: quantile(times, 0.99), least: Math.min(...times) },
          ]
        })
      } finally {
        bell.close()
      }
    },
  }
}

async function takeTimes(
  bell: Bell,
  writes: number,
  path: (index: number) => string,
): Promise<readonly number[]> {
  const times: number[] = []
  const deadline = performance.now() + (writes > WARM_UP ? MOST_MS : MOST_MS / 4)
  for (let index = 0; index < writes && performance.now() < deadline; index++) {
    const began = performance.now()
    writeNew(path(index), 'x')
    const tookMs = (await bell.next()) - began
    times.push(tookMs)
    // One write may be told in two runs: the second one is not the next one's first.
    await bell.quiet(PAUSE_MS + (index % 10) + 2 * tookMs)
  }
  return times
}

/** The pipe that the script writes into. */
class Bell {
  readonly #stream: Socket
  #lastAt = 0

  constructor(pipe: string) {
    const flags = constants.O_RDWR | constants.O_NONBLOCK
    this.#stream = new Socket({ fd: openSync(pipe, flags) })
    this.#stream.on('data', () => {
      this.#lastAt = performance.now()
    })
  }

  async next(): Promise<number> {
    await once(this.#stream, 'data')
    return performance.now()
  }

  async quiet(ms: number): Promise<void> {
    const from = performance.now()
    let left = ms
    while (left > 0) {
      await delay(left)
      left = Math.max(from, this.#lastAt) + ms - performance.now()
    }
  }

  close(): void {
    this.#stream.destroy()
  }
}
