import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Accepts } from '../../dist/watch/contract.js'
import { Filter } from '../../dist/watch/filter.js'

/** Rules that reject the directories whose name is the text. */
function rejectDirectories(name: string): Accepts {
  return (path, isDirectory) => !(isDirectory && path.split('/').at(-1) === name)
}

test('without rules and own paths there is nothing to ask', () => {
  const filter = new Filter(rejectDirectories, [])
  assert.equal(filter.within('a'), undefined)
})

test('names in a rejected directory, however deep, are rejected', () => {
  const filter = new Filter(rejectDirectories, [])
  filter.setRules('.git')
  assert.equal(filter.accepts('a/.git', true), false)
  assert.equal(filter.accepts('a/.git', false), true)
  assert.equal(filter.within('a/.git/refs')?.('x', false), false)
  assert.equal(filter.within('a/git')?.('x', false), true)
})

test("clsync's own paths are rejected, and what is below them", () => {
  const filter = new Filter(rejectDirectories, ['state', 'db/queue.db'])
  assert.equal(filter.accepts('state', true), false)
  assert.equal(filter.within('state')?.('list', false), false)
  assert.equal(filter.within('db')?.('queue.db', false), false)
  assert.equal(filter.within('db')?.('other', false), true)
})

test('other rules take the place of the old ones at once', () => {
  const filter = new Filter(rejectDirectories, [])
  filter.setRules('a')
  assert.equal(filter.walks('a/b'), false)
  filter.setRules('b')
  assert.equal(filter.walks('a'), true)
  assert.equal(filter.walks('a/b'), false)
  filter.setRules(undefined)
  assert.equal(filter.walks('a/b'), true)
})

test('rules that cannot be compiled leave the old ones in force', () => {
  const compile = (text: string): Accepts => {
    if (text === 'wrong') throw new Error('wrong')
    return rejectDirectories(text)
  }
  const filter = new Filter(compile, [])
  filter.setRules('a')
  assert.throws(() => filter.setRules('wrong'))
  assert.equal(filter.walks('a'), false)
})

test('the watch directory itself is always wanted', () => {
  const filter = new Filter(() => () => false, [])
  filter.setRules('reject everything')
  assert.equal(filter.accepts('', true), true)
  assert.equal(filter.within('')?.('x', false), false)
})
