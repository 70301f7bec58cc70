import assert from 'node:assert/strict'
import { test } from 'node:test'

import { maskNames } from '../../dist/model/mask.js'
import { maskOf } from '../../dist/watch/chokidar/masks.js'

test("chokidar's reports get the bits inotify would have given", () => {
  const reports = ['add', 'addDir', 'change', 'unlink', 'unlinkDir']
  assert.deepEqual(
    reports.map((report) => maskNames(maskOf(report) ?? 0)),
    ['CREATE', 'CREATE|ISDIR', 'MODIFY|CLOSE_WRITE', 'DELETE', 'DELETE|ISDIR'],
  )
  assert.equal(maskOf('ready'), undefined)
})
