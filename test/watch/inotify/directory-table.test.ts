import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { isWithin, join, nameOf, parentOf } from '../../../dist/model/byte-path.js'
import { DirectoryTable, ROOT } from '../../../dist/watch/inotify/directory-table.js'
import { NONE } from '../../../dist/watch/inotify/slots.js'

test('a table that is asked at random says what a plain map says', () => {
  const operation = fc.record({
    kind: fc.constantFrom('add', 'add', 'add', 'move', 'remove', 'release', 'unwatch'),
    where: fc.nat(),
    what: fc.nat(),
    name: fc.constantFrom(
      'a',
      'b',
      'ab',
      'ba',
      '\xff',
      '\n',
      'long'.repeat(60),
      'long'.repeat(900),
    ),
  })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
      const pair = new Pair()
      for (const { kind, where, what, name } of operations) pair.apply(kind, where, what, name)
      pair.check()
    }),
    { numRuns: 300 },
  )
})

test('a removed directory keeps its path until it is released, its parents with it', () => {
  const table = new DirectoryTable()
  const a = add(table, ROOT, 'a')
  const b = add(table, a, 'b')
  const c = add(table, b, 'c')
  table.setWatch(c, 7)
  const unwatched: number[] = []

  table.remove(a, (watch) => unwatched.push(watch))
  const fresh = add(table, ROOT, 'a')

  assert.deepEqual(unwatched, [7])
  assert.equal(table.path(c), 'a/b/c')
  assert.equal(table.byWatch(7), NONE)
  assert.notEqual(fresh, a)
  table.release()
  assert.ok([a, b, c].includes(add(table, ROOT, 'd')))
})

test('a directory on the move keeps its old path and takes along what is below', () => {
  const table = new DirectoryTable()
  const from = add(table, ROOT, 'from')
  const moved = add(table, from, 'moved')
  const below = add(table, moved, 'below')
  const to = add(table, ROOT, 'to')

  table.detach(moved)
  assert.equal(child(table, from, 'moved'), NONE)
  assert.equal(table.path(below), 'from/moved/below')
  table.attach(moved, to, Buffer.from('renamed'), 0, 7)

  assert.equal(table.path(below), 'to/renamed/below')
  assert.equal(child(table, moved, 'below'), below)
})

test('what waits to be listed is forgotten with the directory', () => {
  const table = new DirectoryTable()
  const slot = add(table, ROOT, 'a')
  table.markUnlisted(slot)
  table.setEpoch(slot, 300)
  assert.equal(table.isUnlisted(slot), true)
  assert.equal(table.epochOf(slot), 300 % 256)
  assert.equal(table.path(slot), 'a')

  table.remove(slot, () => {})
  assert.equal(table.isUnlisted(slot), false)
  table.release()
  assert.equal(add(table, ROOT, 'b'), slot)
  assert.equal(table.isUnlisted(slot), false)
})

test('memory stays in proportion to what is there, however much comes and goes', () => {
  const table = new DirectoryTable()
  const before = process.memoryUsage().arrayBuffers
  let watch = 0
  for (let round = 0; round < 300; round++) {
    const top = add(table, ROOT, `round-${round}`)
    for (let index = 0; index < 500; index++) {
      table.setWatch(add(table, top, `directory-${round}-${index}`), ++watch)
    }
    table.remove(top, () => {})
    table.release()
  }
  assert.equal(table.size, 1)
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000)
})

/** The table, and the same in the plainest way. */
class Pair {
  readonly #table = new DirectoryTable()
  readonly #slots = new Map<string, number>([['', ROOT]])
  readonly #watches = new Map<string, number>()
  /** Removed slots: the slot above and the name. */
  readonly #removed = new Map<number, readonly [above: number, name: string]>()
  #lastWatch = 0

  apply(kind: string, where: number, what: number, name: string): void {
    const parent = this.#pick(where)
    const path = this.#pick(what)
    if (kind === 'add') return this.#add(join(parent, name))
    if (kind === 'release') return this.#release()
    if (path === '') return
    if (kind === 'move') return this.#move(path, join(parent, name))
    if (kind === 'remove') return this.#remove(path)
    this.#table.setWatch(this.#slot(path), NONE)
    this.#watches.delete(path)
  }

  check(): void {
    assert.equal(this.#table.size, this.#slots.size)
    assert.equal(this.#table.watched, this.#watches.size)
    for (const [path, slot] of this.#slots) {
      assert.equal(this.#table.path(slot), path)
      const watch = this.#watches.get(path) ?? NONE
      assert.equal(this.#table.watchOf(slot), watch)
      if (watch !== NONE) assert.equal(this.#table.byWatch(watch), slot)
      if (path === '') continue
      assert.equal(this.#table.name(slot), nameOf(path))
      assert.equal(child(this.#table, this.#slot(parentOf(path)), nameOf(path)), slot)
    }
    for (const [path, slot] of this.#slots) {
      const children = [...this.#slots.keys()].filter((one) => one && parentOf(one) === path)
      assert.deepEqual(childrenOf(this.#table, slot), children.map(nameOf).sort())
    }
    for (const slot of this.#removed.keys()) assert.equal(this.#table.path(slot), this.#path(slot))
  }

  #add(path: string): void {
    if (this.#slots.has(path)) return
    const slot = add(this.#table, this.#slot(parentOf(path)), nameOf(path))
    this.#slots.set(path, slot)
    this.#lastWatch += 1 + (this.#lastWatch % 5)
    this.#table.setWatch(slot, this.#lastWatch)
    this.#watches.set(path, this.#lastWatch)
  }

  #move(from: string, to: string): void {
    if (this.#slots.has(to) || isWithin(to, from)) return
    const slot = this.#slot(from)
    this.#table.detach(slot)
    const name = Buffer.from(nameOf(to), 'latin1')
    this.#table.attach(slot, this.#slot(parentOf(to)), name, 0, name.length)
    const moves = (path: string): string =>
      isWithin(path, from) ? to + path.slice(from.length) : path
    rename(this.#slots, moves)
    rename(this.#watches, moves)
  }

  #remove(path: string): void {
    const unwatched: number[] = []
    this.#table.remove(this.#slot(path), (watch) => unwatched.push(watch))
    const expected: number[] = []
    const gone = [...this.#slots].filter(([one]) => isWithin(one, path))
    for (const [one, slot] of gone)
      this.#removed.set(slot, [this.#slot(parentOf(one)), nameOf(one)])
    for (const [one] of gone) {
      this.#slots.delete(one)
      const watch = this.#watches.get(one)
      if (watch !== undefined) expected.push(watch)
      this.#watches.delete(one)
    }
    assert.deepEqual(unwatched.sort(), expected.sort())
  }

  #release(): void {
    this.#table.release()
    this.#removed.clear()
  }

  #pick(index: number): string {
    return [...this.#slots.keys()][index % this.#slots.size] ?? ''
  }

  #slot(path: string): number {
    return this.#slots.get(path) ?? NONE
  }

  #path(slot: number): string {
    const removed = this.#removed.get(slot)
    if (removed !== undefined) return join(this.#path(removed[0]), removed[1])
    return [...this.#slots].find(([, one]) => one === slot)?.[0] ?? 'unknown'
  }
}

function rename(map: Map<string, number>, moves: (path: string) => string): void {
  const entries = [...map]
  map.clear()
  for (const [path, value] of entries) map.set(moves(path), value)
}

function add(table: DirectoryTable, parent: number, name: string): number {
  const bytes = Buffer.from(name, 'latin1')
  return table.ensure(parent, bytes, 0, bytes.length)
}

function child(table: DirectoryTable, parent: number, name: string): number {
  const bytes = Buffer.from(`/${name}`, 'latin1')
  return table.child(parent, bytes, 1, bytes.length)
}

function childrenOf(table: DirectoryTable, slot: number): string[] {
  const names: string[] = []
  for (let at = table.firstChild(slot); at !== NONE; at = table.nextSibling(at)) {
    names.push(table.name(at))
  }
  return names.sort()
}
