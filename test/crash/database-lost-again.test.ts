import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { overwrite } from '../support/file-harm.ts'
import { LISTED, LivePlace, SOON } from '../support/live-place.ts'

const DIRECTORIES = 1_000

describe('a database that is lost', { concurrency: 2 }, () => {
  test('and the daemon with it that began a new one: the next one tells everything all the same', async (t) => {
    const place = new LivePlace(t)
    const paths = Array.from({ length: DIRECTORIES }, (_, index) => `d${index}/file`)
    for (const path of paths) place.tree.write(path, 'x')
    const flags = [...LISTED, '--initialsync', 'never']
    await place.start(flags)
    await place.daemon.kill()
    place.forgetRuns()
    rmSync(`${place.db}-wal`)
    overwrite(place.db)
    const second = place.launch(flags)
    await second.says('database:replaced')
    await second.kill()
    await place.start(flags)
    await place.tells(...paths)
  })

  test('while a script has become another program: that one is waited for (P3)', async (t) => {
    const place = new LivePlace(t)
    const [notes, go] = [join(place.directory, 'notes'), join(place.directory, 'go')]
    const program = `until [ -e '${go}' ]; do sleep 0.05; done; echo end >> '${notes}'`
    const body = `echo begin >> '${notes}'\nexec sh -c "${program}"`
    writeFileSync(join(place.directory, 'script'), `#!/bin/sh\n${body}\n`)
    const daemon = place.launch([...SOON, '--initialsync', 'never'])
    await daemon.says('daemon:ready')
    const noted = (): string => (existsSync(notes) ? readFileSync(notes, 'latin1') : '')
    place.moveIn('file', 'x')
    await place.until(() => noted() === 'begin\n')
    rmSync(place.db)
    await daemon.says('database:replaced')
    await daemon.says('run:outlived')
    assert.equal(noted(), 'begin\n')
    writeFileSync(go, '')
    await daemon.says('run:outlived-ended')
    await place.until(() => noted().startsWith('begin\nend\nbegin\n'))
  })
})
