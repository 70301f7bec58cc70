import assert from 'node:assert/strict'

import fc from 'fast-check'

import { testMirror } from '../support/action-script.ts'
import { scaleOf } from '../support/scale.ts'
import { anyOperation, operate } from '../support/tree-operations.ts'

const rounds = fc.array(fc.array(anyOperation, { minLength: 1, maxLength: 15 }), {
  minLength: 1,
  maxLength: 3,
})

testMirror(
  'Whatever is done in the source, told in any order, makes the target equal',
  (mirror) => {
    const { from, to, outside } = mirror
    outside.write('a/file', 'outside')
    const untouched = outside.snapshot()
    fc.assert(
      fc.property(rounds, fc.infiniteStream(fc.nat()), (operations, random) => {
        for (const tree of [from, to])
          for (const path of tree.below('').slice(1).filter(isTop)) tree.remove(path)
        for (const round of operations) {
          const told = new Set(round.flatMap((operation) => operate(from, operation)))
          mirror.tell(shuffled([...told], random))
          mirror.expectEqual()
        }
        assert.deepEqual(outside.snapshot(), untouched)
      }),
      { numRuns: 20, seed: scaleOf(process.env).seed },
    )
  },
)

function isTop(path: string): boolean {
  return !path.includes('/')
}

function shuffled<Item>(items: readonly Item[], random: Iterator<number>): readonly Item[] {
  const keyed = items.map((item) => ({ item, key: Number(random.next().value) }))
  return keyed.toSorted((one, other) => one.key - other.key).map(({ item }) => item)
}
