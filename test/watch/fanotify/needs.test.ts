import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

import type { ClsyncError } from '../../../dist/errors.js'
import {
  cannotInit,
  cannotMark,
  cannotMarkMount,
  cannotResolve,
} from '../../../dist/watch/fanotify/needs.js'
import { MountableDirectory } from '../../support/mounts.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { notOnLinux, testUnless } from '../../support/test-unless.js'
import { whyNoFanotify } from './availability.js'

const [EPERM, EINVAL, ENODEV, EXDEV, ENOSYS, EMFILE, EOPNOTSUPP] = [1, 22, 19, 18, 38, 24, 95]

test('each need that is missing is named, and --inotify is offered', { skip: notOnLinux }, () => {
  const cases: ReadonlyArray<readonly [ClsyncError, RegExp]> = [
    [cannotInit(EPERM), /CAP_SYS_ADMIN/],
    [cannotInit(EINVAL), /Linux 5\.9/],
    [cannotInit(ENOSYS), /built without/],
    [cannotInit(EMFILE), /too many groups/],
    [cannotMark(EPERM), /user namespace/],
    [cannotMark(EOPNOTSUPP), /no file handles \(ENOTSUP\)/],
    [cannotMark(ENODEV), /no identity.*ENODEV/],
    [cannotMark(EXDEV), /subvolume.*EXDEV/],
    [cannotMarkMount('a/b', EOPNOTSUPP), /mounted at a\/b .*no file handles \(ENOTSUP\)/],
    [cannotResolve(EPERM), /CAP_DAC_READ_SEARCH/],
    [cannotResolve(EOPNOTSUPP), /by handles/],
  ]
  for (const [error, words] of cases) {
    assert.equal(error.code, 'engine')
    assert.match(error.message, words)
    assert.match(error.hint ?? '', /--inotify/)
  }
})

const TRY = `
  import { FanotifyEngine } from ${JSON.stringify(new URL('../../../dist/watch/fanotify/engine.js', import.meta.url).href)}
  const sink = { problem: () => undefined }
  const filter = { accepts: () => true, walks: () => true, within: () => undefined }
  const settings = { root: process.argv[1], engine: 'fanotify', ownPaths: [] }
  try {
    const engine = new FanotifyEngine(settings, filter, sink)
    await engine.start().finally(() => engine.close())
    console.log('works')
  } catch (error) {
    console.log(error.message)
  }
`

/** Says what happens to one who lacks a capability. */
function tryWithout(capability: string, root: string): string {
  const node = [process.execPath, '--input-type=module', '-e', TRY, root]
  return execFileSync('capsh', [`--drop=${capability}`, '--shell=/usr/bin/env', '--', ...node], {
    encoding: 'utf8',
  }).trim()
}

testUnless((await whyNoFanotify()) ?? noCapsh(), 'the needs of fanotify, tried out', () => {
  test('who lacks one of the two capabilities hears which', (t) => {
    const root = temporaryDirectory(t)
    assert.match(tryWithout('cap_sys_admin', root), /needs CAP_SYS_ADMIN/)
    assert.match(tryWithout('cap_dac_read_search', root), /needs CAP_DAC_READ_SEARCH/)
    assert.equal(tryWithout('cap_chown', root), 'works')
  })

  test('an overlay that has no handles is refused by name', (t) => {
    const directory = new MountableDirectory(t)
    if (!directory.mountsOverlay('merged')) return
    const said = tryWithout('cap_chown', join(directory.path, 'merged'))
    assert.match(said, /cannot use fanotify: .*(handles|identity)/)
  })

  test('a file system without identity or handles is refused by name', (t) => {
    const said = tryWithout('cap_chown', '/proc/sys')
    t.diagnostic(said)
    assert.match(said, /cannot use fanotify: the file system has no (identity|file handles)/)
  })
})

function noCapsh(): string | undefined {
  return spawnSync('capsh', ['--print']).error?.message
}
