import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { LivePlace, SOON } from '../support/live-place.ts'
import { FaultyCalls, whyNoFaults } from '../support/system-call-faults.ts'
import { notOnLinux } from '../support/test-unless.ts'
import { whyNoFanotify } from '../watch/fanotify/availability.ts'

const DIRECTORIES = 100
/** Lists them for seconds, on any machine. */
const SLOW_LISTING = { call: 'getdents64', fault: 'delay_enter=20000' }
/** Becomes the program when there is a file `go`. */
const AWAIT_GO = 'until [ -e go ]; do sleep .01; done; exec "$@"'
/** As on a machine that koffi has no binary for. */
const WITHOUT_KOFFI = `
  const { Module } = require('node:module')
  const load = Module._load
  Module._load = (name, ...more) => {
    if (/koffi/.test(name)) throw new Error('no binary for this machine')
    return load(name, ...more)
  }
`

const skips = { inotify: notOnLinux, fanotify: await whyNoFanotify() }
const why = skips.fanotify ?? spawnSync('setpriv', ['--version']).error?.message

describe('--fanotify and --auto', { concurrency: 2 }, () => {
  for (const capability of ['CAP_SYS_ADMIN', 'CAP_DAC_READ_SEARCH']) {
    const launcher = without(capability)

    test(
      `--fanotify without ${capability} says so and offers --inotify`,
      { skip: why },
      async (t) => {
        const place = new LivePlace(t)
        const daemon = place.launch(['--fanotify'], { launcher })
        assert.deepEqual(await daemon.ended, [2, null])
        const [failed, ...more] = daemon.saysOf('daemon:failed')
        assert.deepEqual(more, [])
        assert.equal(failed?.message, `cannot use fanotify: it needs ${capability}`)
        assert.match(failed?.hint ?? '', /--inotify/)
      },
    )

    test(`--auto without ${capability} watches with inotify`, { skip: why }, async (t) => {
      const place = new LivePlace(t)
      const daemon = await place.start([...SOON, '--auto'], { launcher })
      assert.equal((await daemon.says('daemon:ready'))['engine'], 'inotify')
      const [passed] = daemon.saysOf('engine:passed-over')
      assert.equal(
        passed?.message,
        `cannot use fanotify: it needs ${capability}; trying the next engine`,
      )
      place.tree.write('file', 'x')
      await place.until(() => place.runs('sync').some(({ args }) => args[3] === 'tree/file'))
    })
  }

  test('--auto watches with fanotify where it works', { skip: why }, async (t) => {
    const place = new LivePlace(t)
    const daemon = await place.start([...SOON, '--auto'])
    assert.equal((await daemon.says('daemon:ready'))['engine'], 'fanotify')
    place.tree.write('file', 'x')
    await place.until(() => place.runs('sync').some(({ args }) => args[3] === 'tree/file'))
  })

  test('--auto watches with chokidar where neither works', async (t) => {
    const place = new LivePlace(t)
    const withoutKoffi = join(place.directory, 'without-koffi.cjs')
    writeFileSync(withoutKoffi, WITHOUT_KOFFI)
    const env = { NODE_OPTIONS: `--require=${withoutKoffi}` }
    const daemon = await place.start([...SOON, '--auto'], { env })
    assert.equal((await daemon.says('daemon:ready'))['engine'], 'chokidar')
    place.tree.write('file', 'x')
    await place.until(() => place.runs('sync').some(({ args }) => args[3] === 'tree/file'))
  })
})

for (const [engine, skip] of Object.entries(skips)) {
  test(
    `--${engine}: what happens during the first comparison is told before that ends`,
    { skip: skip ?? whyNoFaults },
    async (t) => {
      const place = new LivePlace(t)
      for (let nth = 0; nth < DIRECTORIES; nth += 1) place.tree.makeDirectory(`${nth}`)
      const flags = [...SOON, '-v', `--${engine}`, '--initialsync', 'never']
      const daemon = place.launch(flags, { launcher: ['sh', '-c', AWAIT_GO, 'sh'] })
      await FaultyCalls.of(t, daemon.pid, SLOW_LISTING)
      writeFileSync(join(place.directory, 'go'), '')
      await daemon.says('daemon:ready')
      place.moveIn('99/live', 'x')
      await daemon.says('reconcile:finished')
      const at = (event: string): number => daemon.lines.findIndex((line) => line.event === event)
      const said = daemon.lines.map(({ event }) => event).join(' ')
      assert.ok(at('run:started') !== -1 && at('run:started') < at('reconcile:finished'), said)
      const { args } = await place.ran('sync')
      assert.equal(args[3], 'tree/99/live')
    },
  )
}

/** Root has what is left in the bounding set. */
function without(capability: string): readonly string[] {
  return ['setpriv', `--bounding-set=-${capability.toLowerCase().replace('cap_', '')}`]
}
