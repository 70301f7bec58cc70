import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { WatchProblem } from '../../dist/watch/contract.js'
import { ProblemDigest } from '../../dist/watch/problem-digest.js'

function problem(path: string, errno: string): WatchProblem {
  return { path, errno, message: `cannot watch ${path}`, hint: undefined }
}

test('of a hundred thousand problems alike a few are told, and their number', () => {
  const told: WatchProblem[] = []
  const digest = new ProblemDigest((each) => told.push(each))
  for (let index = 0; index < 100_000; index += 1) digest.add(problem(`d${index}`, 'ENOSPC'), 0)
  digest.add(problem('secret', 'EACCES'), 0)
  assert.equal(told.length, 11)
  digest.settle(9_999)
  assert.equal(told.length, 11)
  digest.settle(10_000)
  assert.equal(told.length, 12)
  assert.equal(told.at(-1)?.message, '99990 more like this, at last: cannot watch d99999')
})

test('after a quiet period problems are told one by one again', () => {
  const told: WatchProblem[] = []
  const digest = new ProblemDigest((each) => told.push(each))
  digest.add(problem('a', 'EACCES'), 0)
  digest.settle(20_000)
  digest.add(problem('b', 'EACCES'), 20_000)
  assert.deepEqual(
    told.map(({ path }) => path),
    ['a', 'b'],
  )
})
