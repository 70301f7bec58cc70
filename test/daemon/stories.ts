import fc from 'fast-check'

import type { Operation } from './tree-world.js'

/** One thing that happens to the tree or to its daemon. */
export type Step =
  | { readonly do: 'operate'; readonly operation: Operation }
  | { readonly do: 'kill' | 'take over' | 'start' | 'overflow' | 'recover' | 'drain' | 'run' }
  | { readonly do: 'flush' | 'crawl'; readonly most: number }
  | { readonly do: 'end'; readonly outcome: 'success' | 'failure' }

export interface Story {
  /** What makes the tree that everybody knows. */
  readonly before: readonly Operation[]
  readonly steps: readonly Step[]
}

/** Few names, so that they meet often. */
const name = fc.constantFrom('a', 'b', 'c')
const path = fc
  .array(name, { minLength: 1, maxLength: 3, size: 'max' })
  .map((names) => names.join('/'))

const CHANGES = [
  'write',
  'write',
  'write',
  'write quietly',
  'replace',
  'make directory',
  'make directory',
  'change mode',
  'set mtime back',
  'link',
  'move in a tree',
] as const

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constantFrom(...CHANGES), path }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('remove', 'remove', 'move out'), path }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('rename'), path, to: path }) },
)

const TURNS = ['kill', 'start', 'start', 'overflow', 'recover', 'drain', 'run'] as const

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: operation.map((each): Step => ({ do: 'operate', operation: each })) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom(...TURNS) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constantFrom('flush', 'crawl', 'crawl'), most: fc.nat(5) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('end'),
      outcome: fc.constantFrom('success', 'failure'),
    }),
  },
  // Opening a database costs as much as a whole story.
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'take over' }) },
)

/** Random stories of a small tree and its daemon. */
export const anyStory: fc.Arbitrary<Story> = fc.record({
  before: fc.array(operation, { maxLength: 8, size: 'max' }),
  steps: fc.array(step, { minLength: 4, maxLength: 20, size: 'max' }),
})
