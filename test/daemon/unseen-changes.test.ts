import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

import { maskNames } from '../../dist/model/mask.js'
import { LISTED, LivePlace } from '../support/live-place.ts'
import { UNSEEN_CASES, type UnseenCase } from './unseen-cases.ts'

test('While no daemon runs', async (t) => {
  const place = new LivePlace(t)
  const cases = UNSEEN_CASES.filter(({ skip = false }) => skip === false)
  const path =
    ({ name }: UnseenCase) =>
    (below: string): string =>
      join(place.tree.root, name, below)
  for (const each of cases) {
    place.tree.makeDirectory(each.name)
    await each.make(path(each))
  }
  const daemon = await place.startAndForget(LISTED)
  await daemon.kill()
  for (const each of cases) await each.change(path(each), place.db)
  await place.start(LISTED)
  assert.equal(place.runs('initialsync').length, 0)

  for (const { name, told, skip = false } of UNSEEN_CASES) {
    await t.test(name, { skip }, () => {
      const below = [...place.told()].filter(([each]) => each.startsWith(`${name}/`))
      const bits = below.map(([each, mask]) => {
        const inside = each.slice(name.length + 1)
        const wanted = told[inside]
        return [inside, wanted === '*' || wanted === '?' ? wanted : maskNames(mask)]
      })
      const optional = Object.entries(told).filter(([, wanted]) => wanted === '?')
      assert.deepEqual(Object.fromEntries([...optional, ...bits]), told)
    })
  }
  await t.test('nothing else is told', () => {
    const others = [...place.told().keys()].filter((each) => !each.includes('/'))
    assert.deepEqual(others, [])
  })
})
