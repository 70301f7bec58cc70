import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, utimesSync } from 'node:fs'
import { dirname } from 'node:path'

import { testMirror, type Mirror } from '../support/action-script.ts'
import { ODD_NAMES } from '../support/odd-names.ts'

testMirror('Files that are created, changed, appended to and renamed arrive', (mirror) => {
  const { from } = mirror
  from.write('a/b/file', 'one')
  from.chmod('a', 0o750)
  mirror.tell(['a', 'a/b', 'a/b/file'])
  mirror.expectEqual()
  from.write('a/b/file', 'one more')
  from.write('top', 'x')
  from.chmod('top', 0o600)
  mirror.tell(['a/b/file', 'top'])
  mirror.expectEqual()
  from.rename('a/b/file', 'a/renamed')
  mirror.tell(['a/b/file', 'a/renamed', 'a/b'])
  mirror.expectEqual()
})

testMirror('A change that keeps size and time arrives', (mirror) => {
  const { from } = mirror
  from.write('file', 'one')
  mirror.tell(['file'])
  const { atime, mtime } = from.stat('file') ?? assert.fail()
  from.write('file', 'two')
  utimesSync(from.at('file'), atime, mtime)
  mirror.tell(['file'])
  assert.equal(mirror.to.read('file'), 'two')
})

testMirror('A file arrives in directories that were not told, with their modes', (mirror) => {
  mirror.from.write('a/b/c/file', 'one')
  mirror.from.chmod('a', 0o711)
  mirror.from.chmod('a/b', 0o700)
  mirror.tell(['a/b/c/file'])
  mirror.expectEqual()
})

testMirror('A directory that is told arrives without what is in it', (mirror) => {
  mirror.from.write('a/file', 'one')
  mirror.from.write('a/b/file', 'one')
  mirror.tell(['a'])
  assert.deepEqual(mirror.to.below(''), ['', 'a'])
  mirror.from.chmod('', 0o711)
  mirror.tell([''])
  assert.deepEqual(mirror.to.below(''), ['', 'a'])
  assert.equal((mirror.to.stat('')?.mode ?? 0) & 0o777, 0o711)
})

testMirror('What is deleted goes, in whatever order it is told', (mirror) => {
  const { from } = mirror
  for (const top of ['a', 'b', 'c']) from.write(`${top}/d/e/file`, top)
  from.write('single', 'x')
  mirror.tell(from.below('').slice(1))
  mirror.expectEqual()
  const [inA, inB] = [from.below('a'), from.below('b')]
  for (const path of ['a', 'b', 'c', 'single']) from.remove(path)
  mirror.tell([...inA, ...inB.toReversed(), 'c', 'single', 'never/was/there'])
  mirror.expectEqual()
})

/** Makes one kind of thing at `x` and returns all its paths. */
const KINDS: Readonly<Record<string, (mirror: Mirror) => readonly string[]>> = {
  nothing: () => [],
  file: ({ from }) => {
    from.write('x', 'file')
    return []
  },
  directory: ({ from }) => {
    from.write('x/sub/file', 'in a directory')
    return ['x/sub', 'x/sub/file']
  },
  'link to a directory': ({ from, outside }) => {
    outside.write('sub/file', 'outside')
    from.link('x', outside.root)
    return []
  },
  'link to nothing': ({ from }) => {
    from.link('x', 'nowhere')
    return []
  },
  FIFO: ({ from }) => {
    spawnSync('mkfifo', [from.at('x').toString()])
    return []
  },
}

testMirror('Anything turns into anything else', (mirror) => {
  const { from, outside } = mirror
  let before: readonly string[] = []
  for (const kind of everyPair(Object.keys(KINDS))) {
    if (from.stat('x') !== undefined) from.remove('x')
    const below = KINDS[kind]?.(mirror) ?? []
    mirror.tell([...before, 'x', ...below])
    mirror.expectEqual()
    before = below
  }
  assert.equal(outside.read('sub/file'), 'outside')
})

/** Returns an order in which each comes after each other at least once. */
function everyPair(items: readonly string[]): readonly string[] {
  return items.flatMap((item, index) => items.slice(index + 1).flatMap((other) => [item, other]))
}

testMirror('Every name arrives and goes again, of files and of directories', (mirror) => {
  const { from } = mirror
  for (const name of ODD_NAMES) {
    from.write(name, name)
    from.write(`files/${name}`, name)
    from.write(`directories/${name}/${name}`, name)
    from.link(`link to ${name}`.slice(0, 255), 'target')
  }
  mirror.tell(from.below(''))
  mirror.expectEqual()
  const all = from.below('').slice(1)
  for (const path of all) if (!path.includes('/')) from.remove(path)
  mirror.tell(all)
  mirror.expectEqual()
  assert.deepEqual(mirror.to.below(''), [''])
})

testMirror('A link in the source is copied and never gone through', (mirror) => {
  const { from, to, outside } = mirror
  outside.write('file', 'outside')
  from.write('a/file', 'inside')
  mirror.tell(['a', 'a/file'])
  from.remove('a')
  from.link('a', outside.root)
  mirror.tell(['a/file'])
  mirror.expectEqual()
  assert.equal(to.stat('a')?.isSymbolicLink(), true)
})

testMirror('A link in the target is replaced and never gone through', (mirror) => {
  const { from, to, outside } = mirror
  outside.write('file', 'outside')
  outside.write('deep/file', 'outside')
  to.link('a', outside.root)
  to.link('b', outside.root)
  from.write('b/other', 'x')
  to.link('c', outside.root)
  from.write('c/deep/other', 'x')
  to.link('file', `${outside.root}/file`)
  from.write('file', 'not a link')
  mirror.tell(['a/file', 'a', 'b/file', 'b/other', 'c/deep/file', 'c/deep/other', 'file'])
  mirror.expectEqual()
  assert.deepEqual(outside.below(''), ['', 'deep', 'deep/file', 'file'])
  assert.equal(outside.read('file'), 'outside')
})

testMirror('Directories that may not be written to are no obstacle', (mirror) => {
  const { from, to } = mirror
  from.write('a/b/file', 'one')
  from.write('gone/b/file', 'one')
  asNobody(mirror)
  mirror.tell(from.below(''))
  const directories = ['gone/b', 'gone', 'a/b', 'a']
  for (const path of directories) from.chmod(path, 0o500)
  mirror.tell(directories)
  mirror.expectEqual()
  for (const path of directories) from.chmod(path, 0o700)
  from.remove('a/b/file')
  from.write('a/b/other', 'two')
  from.remove('gone')
  asNobody(mirror)
  for (const path of ['a/b', 'a']) from.chmod(path, 0o500)
  mirror.tell(['a/b/file', 'a/b/other', 'gone', 'gone/b', 'gone/b/file'])
  mirror.expectEqual()
  for (const tree of [from, to]) for (const path of ['a', 'a/b']) tree.chmod(path, 0o700)
})

testMirror('What may not be read is a failure, not a deletion', (mirror) => {
  const { from, to } = mirror
  from.write('a/file', 'one')
  from.write('b', 'one')
  asNobody(mirror)
  mirror.tell(from.below(''))
  from.chmod('a', 0)
  from.chmod('b', 0)
  assert.notEqual(mirror.tellList(['a/file']), 0)
  assert.notEqual(mirror.tellList(['b']), 0)
  assert.notEqual(mirror.initialSync(), 0)
  assert.equal(to.read('a/file'), 'one')
  assert.equal(to.read('b'), 'one')
  from.chmod('a', 0o700)
})

const NOBODY = 65_534

/** Lets the script run as somebody who is not root and owns all the files. */
function asNobody(mirror: Mirror): void {
  if (process.getuid?.() !== 0) return
  mirror.uid = NOBODY
  const directory = dirname(mirror.from.root)
  chmodSync(directory, 0o755)
  for (const tree of [mirror.from, mirror.to]) {
    for (const path of tree.below('')) chownSync(tree.at(path), NOBODY, NOBODY)
  }
}

testMirror('What cannot be done is a failure', (mirror) => {
  const { from, to } = mirror
  from.write('file', 'x')
  to.write('file', 'kept')
  to.write('other', 'kept')
  const directory = dirname(from.root)
  const blocked = { CLSYNC_EXAMPLE_TO: `${to.root}/file/below` }
  const cases: ReadonlyArray<readonly [readonly string[], Readonly<Record<string, string>>]> = [
    [['sync', 'nolabel', '2', `${from.root}/file`], blocked],
    [['initialsync', 'nolabel', from.root], blocked],
    [['sync', 'nolabel', '2', `${directory}/elsewhere`], {}],
    [['sync', 'nolabel', '2', `${from.root}x/file`], {}],
    [['initialsync', 'nolabel', directory], {}],
    [['synclist', 'nolabel', `${directory}/missing`], {}],
    [['sync', 'nolabel', '2', `${from.root}/file`], { CLSYNC_EXAMPLE_COPY: 'magic' }],
    [['resync', 'nolabel', 'x'], {}],
    [['sync'], {}],
    [[], {}],
  ]
  for (const [args, env] of cases) {
    assert.notEqual(mirror.run(args, env), 0, args.join(' '))
    assert.notEqual(mirror.said, '')
  }
  assert.notEqual(mirror.runWithList(''), 0)
  assert.notEqual(mirror.runWithList('sync nolabel\n'), 0)
  from.remove('')
  assert.notEqual(mirror.tellList(['file', '']), 0)
  assert.notEqual(mirror.initialSync(), 0)
  assert.deepEqual(to.below(''), ['', 'file', 'other'])
})

testMirror('A long list costs a few processes, not one a path', (mirror) => {
  const { from } = mirror
  const paths = Array.from({ length: 3000 }, (_, index) => `d${index % 30}/file ${index}`)
  for (const path of paths) from.write(path, path)
  const started = performance.now()
  mirror.tell(paths)
  mirror.expectEqual()
  for (const path of paths.slice(0, 1500)) from.remove(path)
  mirror.tell(paths)
  mirror.expectEqual()
  const tookMs = performance.now() - started
  assert.ok(tookMs < 60_000, `${tookMs} ms`)
})
