import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { LivePlace, SOON } from '../support/live-place.ts'
import { notOnLinux } from '../support/test-unless.ts'

/** As where a package manager, or a machine, has it somewhere else: only its library can say where. */
const ELSEWHERE = {
  koffi: `
    const { Module } = require('node:module')
    const load = Module._load
    let isFirst = true
    Module._load = (name, ...more) => {
      if (isFirst && name.endsWith('koffi.node')) {
        isFirst = false
        throw hidden()
      }
      return load(name, ...more)
    }
  `,
  'better-sqlite3': `
    const { existsSync } = fs
    fs.existsSync = (path) => {
      if (!String(path).endsWith('better_sqlite3.node')) return existsSync(path)
      hidden()
      return false
    }
  `,
}

/** As after an update of Node. */
const OF_ANOTHER_NODE = `
  process.dlopen = () => {
    throw hidden()
  }
`

/** Has the program begin with a script; `marked` is there when that has hidden something. */
function beginningWith(place: LivePlace, script: string): { NODE_OPTIONS: string; marked: string } {
  const [file, marked] = ['begin.cjs', 'marked'].map((name) => join(place.directory, name))
  assert.ok(file !== undefined && marked !== undefined)
  const hidden = `() => {
    fs.writeFileSync(${JSON.stringify(marked)}, '')
    return new Error('hidden')
  }`
  writeFileSync(file, `const fs = require('node:fs')\nconst hidden = ${hidden}\n${script}`)
  return { NODE_OPTIONS: `--require=${file}`, marked }
}

describe('Native code that is not where npm puts it is found', { concurrency: 2 }, () => {
  for (const [library, script] of Object.entries(ELSEWHERE)) {
    test(`by ${library} itself`, { skip: notOnLinux }, async (t) => {
      const place = new LivePlace(t)
      const { NODE_OPTIONS, marked } = beginningWith(place, script)
      const daemon = await place.start([...SOON, '--inotify'], { env: { NODE_OPTIONS } })
      assert.equal((await daemon.says('daemon:ready'))['engine'], 'inotify')
      place.tree.write('file', 'x')
      await place.until(() => place.runs('sync').some(({ args }) => args[3] === 'tree/file'))
      assert.ok(existsSync(marked))
    })
  }
})

test('Native code that cannot be loaded ends the start with what to do', async (t) => {
  const place = new LivePlace(t)
  const { NODE_OPTIONS } = beginningWith(place, OF_ANOTHER_NODE)
  const daemon = place.launch(SOON, { env: { NODE_OPTIONS } })
  assert.deepEqual(await daemon.ended, [2, null])
  const said = JSON.stringify(daemon.lines)
  assert.match(said, /better-sqlite3 cannot be loaded: hidden/)
  assert.match(said, /npm rebuild better-sqlite3/)
})
