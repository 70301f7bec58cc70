import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { LinuxTreeReader } from '../../../dist/watch/linux/directory-reader.js'
import { type Libc, openLibc } from '../../../dist/watch/linux/libc.js'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { notOnLinux, testUnless } from '../../support/test-unless.ts'
import { testTreeReader } from '../tree-reader-contract.ts'

testUnless(notOnLinux, 'the Linux reader', () => {
  const libc = openLibc()
  const withoutOpenat2: Libc = { ...libc, openat2: () => -1 }
  testTreeReader('the Linux reader', (root) => new LinuxTreeReader(libc, root))
  testTreeReader('the Linux reader without openat2', (root) => {
    return new LinuxTreeReader(withoutOpenat2, root)
  })

  test('the Linux reader opens directories whose path is longer than the kernel takes', (context) => {
    const root = temporaryDirectory(context)
    const name = 'd'.repeat(200)
    const depth = 25
    buildFromInsideOut(root, name, depth)

    const reader = new LinuxTreeReader(libc, root)
    const directory = reader.open(['built', ...Array.from({ length: depth }, () => name)].join('/'))
    assert.equal(directory.next([], [], 10), 0)
    directory.close()
    assert.throws(() => reader.open('x'.repeat(70_000)), { code: 'ENAMETOOLONG' })
    reader.rest()
    // Node's own rm cannot reach the deepest ones.
    execFileSync('rm', ['-rf', join(root, 'built')])
  })
})

/** No system call takes the whole path, so the outermost directory is made last. */
function buildFromInsideOut(root: string, name: string, depth: number): void {
  mkdirSync(join(root, 'built'))
  for (let level = 0; level < depth; level++) {
    mkdirSync(join(root, 'next'))
    renameSync(join(root, 'built'), join(root, 'next', name))
    renameSync(join(root, 'next'), join(root, 'built'))
  }
}
