import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { CLSYNC, type Finished, runNode } from '../support/clsync-process.ts'
import { eventually } from '../support/eventually.ts'
import { callsInHand } from '../support/mirror-calls.ts'
import { Site, siteFor } from '../support/site.ts'
import { SmallDisk, whyNoSmallDisk } from '../support/small-disk.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Without rights to everything, nobody gets far with 777. */
const UMASKS = process.getuid?.() === 0 ? ['000', '777'] : ['000', '077']
const PLANTED = ['', '-wal', '-shm', '-journal', '.lock', '.runs']
const PRECIOUS = 'precious'

describe('files of the daemon', { concurrency: 3 }, () => {
  for (const umask of UMASKS) {
    test(`database, log and lists are for their owner alone under umask ${umask}`, async (t) => {
      const site = siteFor(t)
      const launcher = ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh']
      const daemon = site.start([], { launcher })
      await daemon.says('run:succeeded')
      site.holdScripts()
      site.from.write('file', 'new')
      await eventually(
        () => callsInHand(site.notes).length === 1,
        () => daemon.log,
      )
      const database = join(site.db, '..')
      assert.deepEqual(openFilesIn(database), [])
      assert.deepEqual(openFilesIn(site.lists), [])
      const names = readdirSync(database)
      for (const suffix of ['', '-wal', '-shm', '.lock'])
        assert.ok(names.includes(`queue.db${suffix}`))
      assert.ok(readdirSync(site.lists).length > 0)
      site.letScriptsGo()
      await site.untilEqual()
    })
  }

  for (const suffix of PLANTED) {
    test(`a link planted at queue.db${suffix} is refused, and not written through`, async (t) => {
      const site = siteFor(t)
      const victim = join(site.notes, 'victim')
      await stopped(site)
      rmSync(site.db + suffix, { recursive: true, force: true })
      plant(site.db + suffix, victim, suffix === '.runs' ? 'directory' : 'file')
      // Without a directory for lists one beside the database is used.
      const { code, stderr } = await startWithoutLists(site)
      assert.match(
        stderr,
        new RegExp(`queue\\.db${suffix} is not a (regular file|directory of ours)`),
      )
      assert.equal(code, 2)
      if (suffix === '.runs') assert.deepEqual(readdirSync(victim), [])
      else assert.equal(readFileSync(victim, 'utf8'), PRECIOUS)
    })
  }

  test('a daemon whose files are in the watch directory does not hear itself', async (t) => {
    const directory = temporaryDirectory(t)
    const own = { state: `${directory}/from/own`, lists: `${directory}/from/lists` }
    const site = new Site(directory, own)
    t.after(async () => site.close())
    const told = join(site.notes, 'told')
    site.write(`[ "$1" = synclist ] && cat "$3" >> '${told}'; true`)
    const daemon = site.start(['--auditinterval', '0.2', '-D'])
    await daemon.says('run:succeeded')
    site.from.write('file', 'new')
    await eventually(
      () => existsSync(told) && readFileSync(told, 'utf8').includes('/file'),
      () => daemon.log,
    )
    for (let audits = 0; audits < 5; audits++) {
      const from = daemon.lines.length
      await daemon.says('reconcile:finished', ({ reason }) => reason === 'audit', from)
    }
    const paths = readFileSync(told, 'utf8').match(/(?<=from\/).*/g) ?? []
    assert.deepEqual([...new Set(paths)].toSorted(), ['file'])
    assert.ok(daemon.saysOf('run:started').length < 5, daemon.log)
  })

  test(
    'a database on a file system that is read-only is refused in words',
    { skip: whyNoSmallDisk },
    async (t) => {
      const disk = new SmallDisk(t, 8 << 20)
      const site = siteFor(t, { state: `${disk.directory}/state` })
      await stopped(site)
      execFileSync('mount', ['-o', 'remount,ro', disk.directory])
      const { code, stderr } = await startWithoutLists(site)
      assert.match(stderr, /^clsync: cannot use .*queue\.db as database: .* is read-only/)
      assert.equal(code, 2)
      execFileSync('mount', ['-o', 'remount,rw', disk.directory])
      site.from.write('file', 'new')
      site.start()
      await site.untilEqual()
    },
  )
})

/** Runs one daemon to its end. */
async function stopped(site: Site): Promise<void> {
  const daemon = await site.begin()
  assert.equal(await daemon.stop(), 0)
}

async function startWithoutLists(site: Site): Promise<Finished> {
  return runNode(CLSYNC, ['--db', site.db, site.from.root, site.script], { cwd: site.notes })
}

function plant(link: string, victim: string, kind: 'file' | 'directory'): void {
  if (kind === 'directory') mkdirSync(victim)
  else writeFileSync(victim, PRECIOUS)
  symlinkSync(victim, link)
}

/** Files that somebody else may do anything with, or anybody run. */
function openFilesIn(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => {
    const { mode } = statSync(join(directory, name))
    return (mode & 0o177) !== 0
  })
}
