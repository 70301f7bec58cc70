import fc from 'fast-check'

import { errnoOf } from '../../dist/errors.js'
import { fromText } from '../../dist/model/byte-path.js'
import type { BytePath } from '../../dist/model/glossary.js'
import type { ByteTree } from './byte-tree.ts'

/** One thing that somebody does in a tree; what the file system does not allow does nothing. */
export type TreeOperation =
  | { readonly kind: 'write'; readonly path: BytePath; readonly text: string }
  | { readonly kind: 'makeDirectory'; readonly path: BytePath }
  | { readonly kind: 'remove'; readonly path: BytePath }
  | { readonly kind: 'rename'; readonly path: BytePath; readonly to: BytePath }
  | { readonly kind: 'link'; readonly path: BytePath; readonly target: string }
  | { readonly kind: 'chmod'; readonly path: BytePath; readonly mode: number }

const name = fc.constantFrom(
  'a',
  'b',
  'two words',
  '-n',
  `q"'$`,
  fromText('é'),
  '\xff',
  'new\nline',
)
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
const target = fc.constantFrom('a', 'b', '.', '..', '../outside', 'nowhere', '/')
const mode = fc.constantFrom(0o600, 0o644, 0o755, 0o700)

/** Random operations on few names, so that they meet often. */
export const anyOperation: fc.Arbitrary<TreeOperation> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(path, fc.string({ maxLength: 5 })).map(write) },
  { weight: 2, arbitrary: path.map((at): TreeOperation => ({ kind: 'makeDirectory', path: at })) },
  { weight: 2, arbitrary: path.map((at): TreeOperation => ({ kind: 'remove', path: at })) },
  { weight: 2, arbitrary: fc.tuple(path, path).map(rename) },
  { weight: 2, arbitrary: fc.tuple(path, target).map(link) },
  { weight: 1, arbitrary: fc.tuple(path, mode).map(chmod) },
)

function write([at, text]: readonly [BytePath, string]): TreeOperation {
  return { kind: 'write', path: at, text }
}

function rename([from, to]: readonly [BytePath, BytePath]): TreeOperation {
  return { kind: 'rename', path: from, to }
}

function link([at, to]: readonly [BytePath, string]): TreeOperation {
  return { kind: 'link', path: at, target: to }
}

function chmod([at, bits]: readonly [BytePath, number]): TreeOperation {
  return { kind: 'chmod', path: at, mode: bits }
}

/** Does it and returns every path that may be another than before. */
export function operate(tree: ByteTree, operation: TreeOperation): readonly BytePath[] {
  const paths = operation.kind === 'rename' ? [operation.path, operation.to] : [operation.path]
  if (paths.some((each) => leadsThroughLink(tree, each))) return []
  const before = paths.flatMap((each) => tree.below(each))
  try {
    perform(tree, operation)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
  const made = paths.flatMap((each) => ancestorsOf(each))
  return [...new Set([...before, ...made, ...paths.flatMap((each) => tree.below(each))])]
}

/** The operations stay inside the tree. */
function leadsThroughLink(tree: ByteTree, at: BytePath): boolean {
  return ancestorsOf(at).some((ancestor) => tree.stat(ancestor)?.isSymbolicLink())
}

function ancestorsOf(at: BytePath): readonly BytePath[] {
  const names = at.split('/')
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'))
}

function perform(tree: ByteTree, operation: TreeOperation): void {
  const { path: at } = operation
  const isLink = tree.stat(at)?.isSymbolicLink() === true
  switch (operation.kind) {
    case 'write':
      if (isLink) tree.remove(at)
      return tree.write(at, operation.text)
    case 'makeDirectory':
      return tree.makeDirectory(at)
    case 'remove':
      return tree.remove(at)
    case 'rename':
      return tree.rename(at, operation.to)
    case 'link':
      return tree.link(at, operation.target)
    case 'chmod':
      // It would go through the link.
      return isLink ? undefined : tree.chmod(at, chmodOf(tree, at, operation.mode))
  }
}

/** A directory stays usable. */
function chmodOf(tree: ByteTree, at: BytePath, bits: number): number {
  return tree.stat(at)?.isDirectory() ? bits | 0o700 : bits
}
