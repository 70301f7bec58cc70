import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import type { WatchProblem } from '../../../dist/watch/contract.js'
import { fastDirectory } from '../../support/fast-directory.js'
import { whyNoUserNamespace } from '../../support/user-namespace.js'

const LIMITED = new URL('./limited-engine.js', import.meta.url).pathname
const skip = whyNoUserNamespace()

interface Outcome {
  readonly directories: number
  readonly problems: readonly WatchProblem[]
  readonly told: readonly string[]
  readonly error?: string
  readonly hint?: string
}

test(
  'the limit of watches is one problem with path, sysctl and number, and ends when it is raised',
  { skip },
  (t) => {
    const outcome = runLimited(t, 'max_inotify_watches', 20)
    assert.equal(outcome.directories, 20)
    const [problem, ...others] = outcome.problems
    assert.deepEqual(others, [])
    assert.equal(problem?.errno, 'ENOSPC')
    const { path, message } = problem ?? {}
    assert.match(path ?? '', /^\d+(?:\/deep)?$/)
    assert.equal(
      message,
      `cannot watch 181 directories, ${path} first: the limit of 20 inotify watches is reached`,
    )
    assert.match(
      problem?.hint ?? '',
      /sysctl user\.max_inotify_watches=1024 \(now 20\).*--fanotify/,
    )
    assert.deepEqual(outcome.told.toSorted(), ['9/late', '99/late'])
  },
)

test('too many inotify instances are an error that names the sysctl', { skip }, (t) => {
  const outcome = runLimited(t, 'max_inotify_instances', 0)
  assert.match(outcome.error ?? '', /^cannot use inotify: EMFILE/)
  assert.match(outcome.hint ?? '', /sysctl fs\.inotify\.max_user_instances=\d+ \(now \d+\)/)
})

/** Watches 201 directories with a lower limit. */
function runLimited(t: TestContext, limit: string, value: number): Outcome {
  const root = fastDirectory(t)
  for (let n = 0; n < 100; n++) mkdirSync(join(root, `${n}/deep`), { recursive: true })
  const program = ['-r', process.execPath, LIMITED, root, limit, `${value}`]
  return JSON.parse(execFileSync('unshare', program, { encoding: 'utf8' })) as Outcome
}
