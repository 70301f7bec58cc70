import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { isWithin, join } from '../../dist/model/byte-path.js'
import { PacketWriter } from '../../dist/model/packet.js'
import { Filter } from '../../dist/watch/filter.js'
import { Lookout } from '../../dist/watch/lookout.js'
import { Outbox } from '../../dist/watch/outbox.js'
import { FakeReader } from './fake-reader.js'
import { recordsOf } from './packet-log.js'

/** What the main thread knows when it keeps every record: the model of a receiver. */
class Receiver {
  #masks = new Map<string, number>()
  #below = new Set<string>()

  take(packet: Uint8Array): void {
    for (const record of recordsOf(packet)) {
      if (record.type === 'sighting') {
        this.#masks.set(record.path, (this.#masks.get(record.path) ?? 0) | record.mask)
      } else if (record.type === 'below') {
        this.#below.add(record.path)
      } else if (record.type === 'renamed') {
        this.#move(record.from, record.to)
      }
    }
  }

  covers(path: string, mask: number): boolean {
    const told = this.#masks.get(path)
    if (told !== undefined && (told & mask) === mask) return true
    return [...this.#below].some((below) => isWithin(path, below))
  }

  /** What leaves a subtree that is owed is still owed. */
  #move(from: string, to: string): void {
    if ([...this.#below].some((below) => isWithin(from, below))) this.#below.add(to)
    const moved = (path: string): string => movedPath(path, from, to)
    this.#masks = new Map([...this.#masks].map(([path, mask]) => [moved(path), mask]))
    this.#below = new Set([...this.#below].map((path) => (path === '' ? '' : moved(path))))
  }
}

function movedPath(path: string, from: string, to: string): string {
  return isWithin(path, from) ? to + path.slice(from.length) : path
}

const START = ['a', 'a/b', 'a/b/c', 'd', 'd/e', 'f']
const place = fc.nat(START.length - 1)
const LIMITS = { names: 12, subtrees: 3, renames: 4 }

type Step =
  | { readonly type: 'look'; readonly at: number; readonly name: string; readonly mask: number }
  | { readonly type: 'below'; readonly at: number }
  | { readonly type: 'move'; readonly at: number; readonly into: number }
  | { readonly type: 'flush'; readonly limit: number }

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('look' as const),
      at: place,
      name: fc.constantFrom('x', 'y', 'z', 'w'),
      mask: fc.constantFrom(1, 2, 4, 8),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('below' as const), at: place }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('move' as const), at: place, into: place }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('flush' as const),
      limit: fc.integer({ min: 1, max: 9 }),
    }),
  },
)

/** Directories that move about, an outbox that is told, and a receiver of its packets. */
class World {
  readonly #paths = [...START]
  readonly #directories = START.map((_, index) => ({ path: () => this.pathOf(index) }))
  readonly #hints: { readonly at: number; readonly name: string; readonly mask: number }[] = []
  readonly #subtrees: number[] = []
  readonly #receiver = new Receiver()
  readonly #writer = new PacketWriter()
  readonly #lookout = new Lookout({
    root: '/',
    reader: new FakeReader({}),
    writer: this.#writer,
    filter: new Filter(() => () => true, []),
    problem: () => undefined,
  })
  readonly #outbox = new Outbox(LIMITS)

  pathOf(index: number): string {
    return this.#paths[index] ?? ''
  }

  do(step: Step, serial: number): void {
    switch (step.type) {
      case 'look':
        this.#hints.push(step)
        this.#outbox.look(this.#directories[step.at] ?? { path: () => '' }, step.name, step.mask)
        break
      case 'below':
        this.#subtrees.push(step.at)
        this.#outbox.below(this.pathOf(step.at), 'directory new')
        break
      case 'move':
        this.#move(this.pathOf(step.at), join(this.pathOf(step.into), `m${serial}`))
        break
      case 'flush':
        this.#flush(step.limit)
    }
    assert.ok(this.#outbox.names <= LIMITS.names)
  }

  /** Everything that was hinted at must have arrived, where it is now. */
  check(): void {
    while (!this.#outbox.isEmpty) this.#flush(5)
    for (const { at, name, mask } of this.#hints) {
      const path = join(this.pathOf(at), name)
      assert.ok(this.#receiver.covers(path, mask), path)
    }
    for (const at of this.#subtrees) {
      assert.ok(this.#receiver.covers(this.pathOf(at), ~0), this.pathOf(at))
    }
  }

  #move(from: string, to: string): void {
    if (isWithin(to, from)) return
    for (const [index, path] of this.#paths.entries()) {
      this.#paths[index] = movedPath(path, from, to)
    }
    this.#outbox.renamed(from, to)
  }

  #flush(limit: number): void {
    this.#outbox.flush(this.#writer, this.#lookout, limit)
    this.#receiver.take(this.#writer.take())
  }
}

test('every hint arrives, under the path its directory has at the end, and memory is bounded', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
      const world = new World()
      for (const [serial, each] of steps.entries()) world.do(each, serial)
      world.check()
    }),
    { numRuns: 3_000 },
  )
})
