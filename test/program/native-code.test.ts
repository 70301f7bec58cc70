import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { LivePlace, SOON } from '../support/live-place.ts'
import { notOnLinux } from '../support/test-unless.ts'

/** As where a package manager, or a machine, has it somewhere else: only its library can say where. */
const ELSEWHERE = {
  koffi: `
    const { Module } = require('node:module')
    const load = Module._load
    Module._load = (name, ...more) => {
      if (/^@koromix.*node$/.test(name)) throw new Error('not there')
      return load(name, ...more)
    }
  `,
  'better-sqlite3': `
    const fs = require('node:fs')
    const { existsSync } = fs
    fs.existsSync = (path) => !String(path).endsWith('better_sqlite3.node') && existsSync(path)
  `,
}

describe('Native code that is not where npm puts it is found', { concurrency: 2 }, () => {
  for (const [library, without] of Object.entries(ELSEWHERE)) {
    test(`by ${library} itself`, { skip: notOnLinux }, async (t) => {
      const place = new LivePlace(t)
      const script = join(place.directory, 'without.cjs')
      writeFileSync(script, without)
      const env = { NODE_OPTIONS: `--require=${script}` }
      const daemon = await place.start([...SOON, '--inotify'], { env })
      assert.equal((await daemon.says('daemon:ready'))['engine'], 'inotify')
      place.tree.write('file', 'x')
      await place.until(() => place.runs('sync').some(({ args }) => args[3] === 'tree/file'))
    })
  }
})
