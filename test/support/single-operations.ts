import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** Each is done in a tree; `outside` is a directory beside it. */
type Operation = (root: string, outside: string) => void

/** In this order, in a tree that has the directory `a/b`. */
export const OPERATIONS: ReadonlyArray<readonly [string, Operation]> = [
  ['write a file', (root) => writeFileSync(join(root, 'a/new'), '1')],
  ['make an empty file', (root) => writeFileSync(join(root, 'a/empty'), '')],
  ['append', (root) => appendFileSync(join(root, 'a/new'), '2')],
  ['truncate', (root) => truncateSync(join(root, 'a/new'), 1)],
  ['chmod a file', (root) => chmodSync(join(root, 'a/new'), 0o600)],
  ['touch', (root) => utimesSync(join(root, 'a/new'), 1, 1)],
  ['chmod a directory', (root) => chmodSync(join(root, 'a/b'), 0o700)],
  ['chmod the watch directory', (root) => chmodSync(root, 0o755)],
  ['rename a file', (root) => renameSync(join(root, 'a/new'), join(root, 'a/newer'))],
  ['move a file', (root) => renameSync(join(root, 'a/newer'), join(root, 'newest'))],
  ['replace a file', (root) => renameSync(join(root, 'newest'), join(root, 'a/empty'))],
  ['move a file out', (root, outside) => renameSync(join(root, 'a/empty'), join(outside, 'f'))],
  ['move a file in', (root, outside) => renameSync(join(outside, 'f'), join(root, 'f'))],
  ['link', (root) => linkSync(join(root, 'f'), join(root, 'a/second'))],
  ['write through a link', (root) => appendFileSync(join(root, 'a/second'), '3')],
  ['delete a link', (root) => rmSync(join(root, 'f'))],
  ['symlink', (root) => symlinkSync('a', join(root, 'link'))],
  ['delete a symlink', (root) => rmSync(join(root, 'link'))],
  ['delete a file', (root) => rmSync(join(root, 'a/second'))],
  ['make a directory', (root) => mkdirSync(join(root, 'd'))],
  ['write in it', (root) => writeFileSync(join(root, 'd/x'), 'x')],
  ['rename it', (root) => renameSync(join(root, 'd'), join(root, 'e'))],
  ['write in it again', (root) => appendFileSync(join(root, 'e/x'), 'y')],
  ['move it', (root) => renameSync(join(root, 'e'), join(root, 'a/e'))],
  ['move it out', (root, outside) => renameSync(join(root, 'a/e'), join(outside, 'e'))],
  ['write in it outside', (_, outside) => appendFileSync(join(outside, 'e/x'), 'z')],
  ['delete a directory', (root) => rmSync(join(root, 'a/b'), { recursive: true })],
  ['a name of its own bytes', (root) => writeFileSync(join(root, 'new\nline "é"'), '')],
]
