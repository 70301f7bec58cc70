import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import type { WatchProblem } from '../../../dist/watch/contract.js'
import { fastDirectory } from '../../support/fast-directory.js'

const LIMITED = new URL('./limited-engine.js', import.meta.url).pathname

interface Outcome {
  readonly directories: number
  readonly problems: readonly WatchProblem[]
  readonly told: readonly string[]
  readonly error?: string
  readonly hint?: string
}

test('the limit of watches is one problem with sysctl and number, and ends when it is raised', (t) => {
  const outcome = runLimited(t, 'max_inotify_watches', 20)
  if (outcome === undefined) return

  assert.equal(outcome.directories, 20)
  const [problem, ...others] = outcome.problems
  assert.deepEqual(others, [])
  assert.equal(problem?.errno, 'ENOSPC')
  assert.match(
    problem?.message ?? '',
    /^cannot watch 181 directories, .* limit of 20 inotify watches/,
  )
  assert.match(problem?.hint ?? '', /sysctl user\.max_inotify_watches=1024 \(now 20\).*--fanotify/)
  assert.deepEqual(outcome.told.toSorted(), ['9/late', '99/late'])
})

test('too many inotify instances are an error that names the sysctl', (t) => {
  const outcome = runLimited(t, 'max_inotify_instances', 0)
  if (outcome === undefined) return

  assert.match(outcome.error ?? '', /^cannot use inotify: EMFILE/)
  assert.match(outcome.hint ?? '', /sysctl fs\.inotify\.max_user_instances=\d+ \(now \d+\)/)
})

/** Watches 201 directories with a lower limit; undefined, and skipped, where that cannot be. */
function runLimited(t: TestContext, limit: string, value: number): Outcome | undefined {
  const root = fastDirectory(t)
  for (let n = 0; n < 100; n++) mkdirSync(join(root, `${n}/deep`), { recursive: true })
  try {
    execFileSync('unshare', ['-r', 'true'], { stdio: 'pipe' })
  } catch (error) {
    t.skip(`no user namespace: ${String(error)}`)
    return undefined
  }
  const program = ['-r', process.execPath, LIMITED, root, limit, `${value}`]
  return JSON.parse(execFileSync('unshare', program, { encoding: 'utf8' })) as Outcome
}
