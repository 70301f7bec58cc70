import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { IN_DELETE, IN_MOVED_FROM, maskNames } from '../../../dist/model/mask.js'
import { eventually } from '../../support/eventually.js'
import { OPERATIONS } from '../../support/single-operations.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { testUnless } from '../../support/test-unless.js'
import { WatchSession } from '../watch-session.js'
import { whyNoFanotify } from './availability.js'

const GOING = IN_DELETE | IN_MOVED_FROM

async function bothEngines(t: TestContext): Promise<readonly Pair[]> {
  return Promise.all(
    (['inotify', 'fanotify'] as const).map(async (engine) => {
      const root = temporaryDirectory(t)
      mkdirSync(join(root, 'a/b'), { recursive: true })
      const session = await WatchSession.start(t, { root, engine })
      return { session, outside: temporaryDirectory(t) }
    }),
  )
}

interface Pair {
  readonly session: WatchSession
  readonly outside: string
}

/**
 * What was told of every path, but for the names that only mark the end, and for what was not known
 * and is not there: nobody hears of that. Looks that a crawl makes have no bits.
 */
function told({ session }: Pair): string {
  const { masks, states } = session.model
  return [...masks]
    .filter(([path, mask]) => mask !== 0 && !path.startsWith('end'))
    .filter(([path, mask]) => path === '' || states.has(path) || (mask & GOING) !== 0)
    .map(([path, mask]) => `${path}: ${maskNames(mask)}`)
    .toSorted()
    .join('\n')
}

async function sayTheSame(pairs: readonly Pair[], title: string): Promise<void> {
  for (const { session } of pairs) writeFileSync(join(session.root, `end of ${title}`), '')
  const ends = (): boolean =>
    pairs.every(({ session }) => session.model.masks.has(`end of ${title}`))
  await eventually(ends, () => `no end of ${title}`)
  const same = (): boolean => new Set(pairs.map(told)).size === 1
  const describe = (): string => `${title}:\n${pairs.map(told).join('\nbut fanotify\n')}`
  await eventually(same, describe, 3000)
  for (const { session } of pairs) session.model.masks.clear()
}

testUnless(await whyNoFanotify(), 'fanotify compared with inotify', () => {
  test('fanotify tells what inotify tells, with the same masks', async (t) => {
    const pairs = await bothEngines(t)
    for (const [title, operate] of OPERATIONS) {
      await t.test(title, async () => {
        for (const { session, outside } of pairs) operate(session.root, outside)
        await sayTheSame(pairs, title)
      })
    }
    for (const { session } of pairs) await session.agrees()
  })
})
