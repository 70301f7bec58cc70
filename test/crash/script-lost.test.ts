import assert from 'node:assert/strict'
import { chmodSync, renameSync } from 'node:fs'
import { describe, test } from 'node:test'

import { siteFor } from '../support/site.ts'

interface Way {
  readonly title: string
  readonly lose: (script: string) => void
  readonly restore: (script: string) => void
  /** How the failed run is told. */
  readonly words: RegExp
}

const WAYS: readonly Way[] = [
  {
    title: 'removed',
    lose: (script) => renameSync(script, `${script} elsewhere`),
    restore: (script) => renameSync(`${script} elsewhere`, script),
    words: /script .*mirror does not exist \(ENOENT\)/,
  },
  {
    title: 'no longer executable',
    lose: (script) => chmodSync(script, 0o644),
    restore: (script) => chmodSync(script, 0o755),
    words: /script .*mirror is not executable \(EACCES\)/,
  },
]

describe('the script is', { concurrency: 2 }, () => {
  for (const { title, lose, restore, words } of WAYS) {
    test(`${title}: runs fail with words of their own, and nothing is lost`, async (t) => {
      const site = siteFor(t)
      const daemon = await site.begin()
      lose(site.script)
      site.from.write('changed meanwhile', 'new')
      const { message } = await daemon.says('run:failed')
      assert.match(message, words)
      site.from.write('changed later', 'new')
      await daemon.says('run:failed', undefined, daemon.lines.length)
      assert.deepEqual(
        site
          .differences()
          .map(({ path }) => path)
          .toSorted(),
        ['changed later', 'changed meanwhile'],
      )
      restore(site.script)
      await site.untilEqual()
      site.expectNoViolations()
    })
  }
})
