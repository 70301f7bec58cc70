import assert from 'node:assert/strict'
import { utimesSync } from 'node:fs'

import { testMirror } from '../support/action-script.ts'
import { ODD_NAMES } from '../support/odd-names.ts'

testMirror('The initial copy makes the target equal, whatever it had', (mirror) => {
  const { from, to, outside } = mirror
  outside.write('file', 'outside')
  for (const name of ODD_NAMES) {
    from.write(`files/${name}`, name)
    to.write(`old/${name}`, name)
  }
  from.write('file', 'file')
  to.write('file/was/a/directory', 'x')
  from.write('directory/file', 'x')
  to.write('directory', 'was a file')
  from.write('linked/file', 'x')
  to.link('linked', outside.root)
  to.write('same size', 'old')
  from.write('same size', 'new')
  const { atime, mtime } = from.stat('same size') ?? assert.fail()
  utimesSync(to.at('same size'), atime, mtime)
  from.makeDirectory('empty')
  from.link('dangling', 'nowhere')
  mirror.expectSuccess(mirror.initialSync())
  mirror.expectEqual()
  assert.deepEqual(outside.below(''), ['', 'file'])
})

testMirror('The initial copy leaves out what the rules file rejects', (mirror) => {
  const { from, to } = mirror
  from.write('a/backup~', 'x')
  from.write('a/.git/config', 'x')
  from.write('directory~/file', 'x')
  from.write('b/.git', 'a file')
  mirror.expectSuccess(mirror.initialSync())
  assert.deepEqual(to.below(''), ['', 'a', 'b', 'b/.git', 'directory~', 'directory~/file'])
})
