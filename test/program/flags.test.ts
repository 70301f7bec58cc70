import assert from 'node:assert/strict'
import { existsSync, lstatSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import * as mask from '../../dist/model/mask.js'
import { CLSYNC, runNode } from '../support/clsync-process.ts'
import { LivePlace, SOON } from '../support/live-place.ts'

/** One event: what is written may be seen whole before its IN_CLOSE_WRITE, which is then no news. */
const MOVED_IN = mask.IN_MOVED_TO

describe('The flags of the seed', { concurrency: 4 }, () => {
  test('Without flags: inotify, the label nolabel, one sync run a path, the delays of the seed', async (t) => {
    const place = new LivePlace(t)
    const daemon = await place.start([])
    const { engine } = await daemon.says('daemon:ready')
    assert.equal(engine, process.platform === 'linux' ? 'inotify' : 'chokidar')
    await place.ran('initialsync', 'nolabel', 'tree')
    await place.until(() => place.status('collectdelay') === '30')
    assert.equal(place.status('bigfilecollectdelay'), '1800')
    assert.equal(place.status('commondelay'), '15')
    place.moveIn('file', 'x')
    await place.until(() => place.waiting().length > 0)
    const [pending] = place.query('SELECT path, mask, due_in > 25 AS late FROM pending')
    assert.deepEqual(pending, { path: 'file', mask: 'MOVED_TO', late: 1 })
    assert.equal(place.runs('sync').length, 0)
  })

  test('-t, -w, -l: a path is told after collectdelay and commondelay, with mask and label', async (t) => {
    const place = new LivePlace(t)
    await place.start(['-t', '.3', '-w', '.2', '-l', 'mylabel'])
    const writtenAt = Date.now()
    place.moveIn('file', 'x')
    const run = await place.ran('sync', 'mylabel', String(MOVED_IN), 'tree/file')
    assert.ok(Date.now() - writtenAt >= 500)
    assert.equal(run.environment.get('CLSYNC_LABEL'), 'mylabel')
    assert.equal(run.environment.get('CLSYNC_DB'), place.db)
    assert.equal(run.environment.get('CLSYNC_RUN_ID'), String(run.id))
    assert.equal(run.environment.get('CLSYNC_ATTEMPT'), '1')
  })

  test('--outlistsdir: one synclist run for all that is due, its list private and removed', async (t) => {
    const place = new LivePlace(t)
    await place.start(['--collectdelay=.1', '--commondelay=.3', '--outlistsdir', 'lists'])
    place.hold()
    await place.atOnce(() => {
      for (const name of ['a', 'b', 'new\nline']) place.moveIn(name, 'x')
    })
    const [, , list = ''] = (await place.ran('synclist')).args
    assert.match(list, /\/lists\//)
    assert.equal(lstatSync(list).mode & 0o777, 0o600)
    place.letGo()
    await place.ran('sync', 'nolabel', String(MOVED_IN), 'tree/new\nline')
    const [run] = place.runs('synclist')
    const lines = ['a', 'b'].map((name) => `sync nolabel ${MOVED_IN} tree/${name}\n`)
    assert.equal(run?.list, lines.join(''))
    await place.until(() => !existsSync(list))
    assert.equal(place.runs('synclist').length, 1)
  })

  test('--null: the entries of lists end in NUL, so that they carry every name', async (t) => {
    const place = new LivePlace(t)
    await place.start(['-t', '.1', '-w', '0', '--null', '-d', 'lists'])
    place.moveIn('new\nline', 'x')
    await place.until(() => place.runs('synclist')[0]?.exitCode === 0)
    const [run] = place.runs('synclist')
    assert.equal(run?.list, `sync nolabel ${MOVED_IN} tree/new\nline\0`)
    assert.equal(place.runs('sync').length, 0)
  })

  test('-B, -T: files above the threshold are told after a delay of their own', async (t) => {
    const place = new LivePlace(t)
    await place.start([...SOON, '-B', '1k', '-T', '1'])
    const writtenAt = Date.now()
    await place.atOnce(() => {
      place.moveIn('big', 'x'.repeat(1_025))
      place.moveIn('small', 'x'.repeat(1_024))
    })
    await place.ran('sync', 'nolabel', String(mask.IN_MOVED_TO), 'tree/small')
    await place.ran('sync', 'nolabel', String(mask.IN_MOVED_TO), 'tree/big')
    assert.ok(Date.now() - writtenAt >= 1_000)
    await place.settled()
    const classes = place.query('SELECT sample, size_class FROM history ORDER BY run')
    assert.deepEqual(classes.slice(1), [
      { sample: 'small', size_class: 'ordinary' },
      { sample: 'big', size_class: 'big' },
    ])
  })

  test('--pthread: runs in parallel, but never a directory and something in it at once', async (t) => {
    const place = new LivePlace(t)
    place.tree.makeDirectory('d')
    await place.start(['-t', '.1', '-w', '0', '--pthread', '--jobs', '3'])
    place.hold()
    await place.atOnce(() => {
      place.moveIn('d/in it', 'x')
      place.tree.chmod('d', 0o700)
      for (const name of ['a', 'b']) place.moveIn(name, 'x')
    })
    await place.until(() => place.runs('sync').length === 3)
    const held = place.runs('sync').map(({ args }) => args[3])
    assert.ok(!(held.includes('tree/d') && held.includes('tree/d/in it')), String(held))
    place.letGo()
    await place.until(() => place.runs('sync').length === 4)
  })

  test('Without --pthread one run at a time', async (t) => {
    const place = new LivePlace(t)
    await place.start(SOON)
    place.hold()
    for (const name of ['a', 'b', 'c']) place.moveIn(name, 'x')
    await place.until(() => place.waiting().length === 3 && place.runs('sync').length > 0)
    assert.equal(place.query('SELECT run FROM running').length, 1)
    place.letGo()
    await place.settled()
    assert.equal(place.runs('sync').length, 3)
    const overlapping = place.query(`
      SELECT earlier.id FROM run AS earlier JOIN run AS later
      ON later.id > earlier.id AND later.started_at < earlier.ended_at
    `)
    assert.deepEqual(overlapping, [])
  })

  test('--verbose tells of runs, --debug of hints too, --quite and --quiet of nothing', async (t) => {
    const place = new LivePlace(t)
    const words: Record<string, readonly string[]> = {}
    for (const flag of ['--label=plain', '--verbose', '--debug', '--quite', '--quiet']) {
      const daemon = await place.start([...SOON, flag])
      const before = place.runs('sync').length
      place.tree.write(`file${flag}`, 'x')
      await place.until(() => place.runs('sync').length > before)
      await daemon.stop()
      words[flag] = [...new Set(daemon.lines.map(({ event }) => event))]
    }
    const told = (flag: string, event: string): boolean => words[flag]?.includes(event) === true
    assert.ok(told('--label=plain', 'daemon:ready') && !told('--label=plain', 'run:started'))
    assert.ok(told('--verbose', 'run:started') && !told('--verbose', 'hint:seen'))
    assert.ok(told('--debug', 'run:started') && told('--debug', 'hint:seen'))
    assert.deepEqual([words['--quite'], words['--quiet']], [[], []])
  })

  test('--background returns 0 when the daemon watches', async (t) => {
    const place = new LivePlace(t)
    const args = ['-b', '-t', '0', '-w', '0', '--db', place.db, 'tree', 'script']
    const { code, stdout, stderr } = await runNode(CLSYNC, args, { cwd: place.directory })
    assert.equal(code, 0, stderr)
    try {
      // What the first comparison meets is new, not moved.
      await place.settled()
      place.moveIn('file', 'x')
      await place.ran('sync', 'nolabel', String(mask.IN_MOVED_TO), 'tree/file')
    } finally {
      // It is no child of this process, and must not write where everything is removed.
      process.kill(Number(stdout), 'SIGKILL')
    }
  })

  test('--fanotify and --inotify choose the engine, or say why they cannot', async (t) => {
    const place = new LivePlace(t)
    for (const engine of ['inotify', 'fanotify']) {
      const daemon = place.launch([`--${engine}`])
      await place.until(() => !daemon.isRunning || daemon.saysOf('daemon:ready').length > 0)
      const [ready] = daemon.saysOf('daemon:ready')
      const [failed] = daemon.saysOf('daemon:failed')
      assert.ok(ready?.['engine'] === engine || failed?.message.includes(engine), daemon.log)
      if (ready === undefined) assert.deepEqual(await daemon.ended, [2, null])
      await daemon.stop()
    }
  })

  test('--help and --version', async () => {
    const [help, version] = await Promise.all([
      runNode(CLSYNC, ['-h']),
      runNode(CLSYNC, ['--version']),
    ])
    assert.match(help.stdout, /^syntax: clsync \[flags\] <watch dir> <action script>/)
    assert.match(version.stdout, /^clsync \d+\.\d+\.\d+\n$/)
  })
})

describe('Further flags', { concurrency: 4 }, () => {
  for (const flags of [['--chokidar'], ['--chokidar', '--poll', '.1'], ['--poll=.2']]) {
    test(`${flags.join(' ')} watches by chokidar`, async (t) => {
      const place = new LivePlace(t)
      const daemon = await place.start([...SOON, ...flags])
      assert.equal((await daemon.says('daemon:ready'))['engine'], 'chokidar')
      place.forgetRuns()
      place.tree.write('file', 'x')
      const told = (): number => place.told('\n').get('file') ?? 0
      await place.until(() => told() !== 0)
      assert.ok((told() & mask.IN_CREATE) !== 0, mask.maskNames(told()))
    })
  }

  test('--initialsync never and always', async (t) => {
    const place = new LivePlace(t)
    const never = await place.start(['--initialsync', 'never', '-v'])
    await never.says('reconcile:finished')
    await never.stop()
    assert.equal(place.runs().length, 0)
    for (const count of [1, 2]) {
      const always = await place.start(['--initialsync', 'always'])
      await place.until(() => place.runs('initialsync').length === count)
      await always.stop()
    }
  })

  test('--retrydelay: what failed is told again, with the number of its attempt', async (t) => {
    const place = new LivePlace(t)
    const delays = ['--retrydelay', '.2', '--retrydelaymax', '.3']
    await place.start([...SOON, ...delays])
    place.exitWith(3)
    place.moveIn('file', 'x')
    await place.until(() => place.runs('sync').filter(({ exitCode }) => exitCode === 3).length > 1)
    place.exitWith(0)
    await place.until(() => place.runs('sync').some(({ exitCode }) => exitCode === 0))
    const attempts = place.runs('sync').map((run) => run.environment.get('CLSYNC_ATTEMPT'))
    assert.deepEqual(attempts.slice(0, 2), ['1', '2'])
  })

  test('--ignoreexitcode: such a run is a success', async (t) => {
    const place = new LivePlace(t)
    place.exitWith(24)
    await place.start([...SOON, '-x', '7', '-x', '24'])
    place.moveIn('file', 'x')
    await place.ran('sync', 'nolabel', String(mask.IN_MOVED_TO), 'tree/file')
    await place.until(() => place.query('SELECT * FROM event').length === 0)
    assert.equal(place.runs('initialsync').length, 1)
  })

  test('--synctimeout: a run that takes longer is ended and told again', async (t) => {
    const place = new LivePlace(t)
    const delays = [...SOON, '--retrydelay', '.1']
    const daemon = await place.start([...delays, '--initialsync', 'never', '--synctimeout', '.3'])
    place.hold()
    place.moveIn('file', 'x')
    const { message, path } = await daemon.says('run:failed')
    assert.match(message, /run \d+ failed for file: timed out after 0\.3 s/)
    assert.equal(path, 'file')
    place.letGo()
    await place.until(() => place.runs('sync').some(({ exitCode }) => exitCode === 0))
  })

  test('--auditinterval: the tree is compared so often', async (t) => {
    const place = new LivePlace(t)
    const daemon = await place.start(['-v', '--auditinterval', '.2'])
    await daemon.says('reconcile:finished', ({ reason }) => reason === 'audit')
    const audits = (): number =>
      daemon.saysOf('reconcile:finished').filter(({ reason }) => reason === 'audit').length
    await place.until(() => audits() > 1)
  })
})

describe('The watch directory as it is written', { concurrency: 4 }, () => {
  const spellings: ReadonlyArray<readonly [written: string, told: string]> = [
    ['tree', 'tree'],
    ['./tree', './tree'],
    ['tree///', 'tree'],
    ['.//tree/../tree/', './/tree/../tree'],
    ['link', 'link'],
    ['ABSOLUTE/', 'ABSOLUTE'],
  ]
  for (const [written, told] of spellings) {
    test(`${written} is told as ${told}`, async (t) => {
      const place = new LivePlace(t)
      symlinkSync('tree', join(place.directory, 'link'))
      const spelled = (word: string): string => word.replace('ABSOLUTE', place.tree.root)
      await place.start(SOON, { watchDir: spelled(written) })
      await place.ran('initialsync', 'nolabel', spelled(told))
      place.tree.makeDirectory('d')
      const isDirectory = mask.IN_CREATE | mask.IN_ISDIR
      await place.ran('sync', 'nolabel', String(isDirectory), `${spelled(told)}/d`)
      place.moveIn('d/file', 'x')
      await place.ran('sync', 'nolabel', String(mask.IN_MOVED_TO), `${spelled(told)}/d/file`)
    })
  }
})
