import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'

import { scaleOf } from '../support/scale.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { type Site, siteFor } from '../support/site.ts'
import { FaultyCalls, whyNoFaults } from '../support/system-call-faults.ts'
import { NO_STANDBY } from '../support/waiting-shells.ts'
import { Workload } from '../support/workload.ts'

const { isLong } = scaleOf(process.env)

interface Failing {
  readonly call: string
  readonly fault: string
  readonly path: (site: Site) => string | undefined
  /** What the daemon says then. */
  readonly says: string
}

const FAILING: readonly Failing[] = [
  { call: 'fsync', fault: 'error=EIO:when=1', path: log, says: 'database:replaced' },
  { call: 'pwrite64', fault: 'error=EIO:when=1', path: log, says: 'database:replaced' },
  { call: 'pwrite64', fault: 'error=ENOSPC:when=1..200', path: log, says: 'database:waiting' },
  { call: 'pwrite64', fault: 'error=EDQUOT:when=1..200', path: anywhere, says: 'database:waiting' },
  { call: 'openat', fault: 'error=EMFILE:when=1..2', path: lists, says: 'run:failed' },
  {
    call: 'inotify_add_watch',
    fault: 'error=ENOMEM:when=1',
    path: anywhere,
    says: 'watch:problem',
  },
  { call: 'fsync', fault: 'error=EIO:when=1', path: lists, says: 'run:failed' },
  {
    call: 'clone,clone3,vfork,fork',
    fault: 'error=EAGAIN:when=1',
    path: anywhere,
    says: 'run:failed',
  },
  { call: 'getdents64', fault: 'error=EIO:when=1..3', path: anywhere, says: 'watch:problem' },
  { call: 'openat', fault: 'error=EMFILE:when=1..5', path: watched, says: 'watch:problem' },
  { call: 'openat', fault: 'error=EMFILE:when=1..3', path: nothing, says: 'run:failed' },
  { call: 'read', fault: 'error=EIO:when=1', path: inotify, says: 'watch:problem' },
]

const MOST_TRIES = 3

/** Only in the long form: others of the same kind. */
const MORE: readonly Failing[] = [
  { call: 'openat', fault: 'error=ENOSPC:when=1..2', path: lists, says: 'run:failed' },
  {
    call: 'inotify_add_watch',
    fault: 'error=ENOSPC:when=1',
    path: anywhere,
    says: 'watch:problem',
  },
  { call: 'statx', fault: 'error=EIO:when=1..20', path: log, says: 'run:succeeded' },
  { call: 'openat', fault: 'error=ENOMEM:when=1..5', path: watched, says: 'watch:problem' },
  { call: 'read', fault: 'error=ENOMEM:when=1', path: inotify, says: 'watch:problem' },
]

function log({ db }: Site): string {
  return `${db}-wal`
}

function lists(site: Site): string {
  return site.lists
}

function watched({ from }: Site): string {
  return from.root
}

/** What scripts read. */
function nothing(): string {
  return '/dev/null'
}

function inotify(): string {
  return 'anon_inode:inotify'
}

function anywhere(): undefined {
  return undefined
}

describe('system calls that fail', { skip: whyNoFaults, concurrency: 3 }, () => {
  for (const failing of isLong ? [...FAILING, ...MORE] : FAILING) {
    const { call, fault, path } = failing
    test(`${call} ${fault}, ${path.name}: nothing is lost (P1)`, async (t) => {
      for (let tries = 1; !(await survives(t, failing)); tries += 1) {
        assert.ok(tries < MOST_TRIES, 'strace left within a call each time')
        t.diagnostic('strace left within a call: once more')
      }
    })
  }
})

/** Resolves with false when a call failed as none does: strace was told to end before it returned. */
async function survives(t: TestContext, { call, fault, path, says }: Failing): Promise<boolean> {
  const site = siteFor(t)
  const workload = new Workload(site.from, site.outside, new SeededRandom(3))
  site.diary = workload.diary
  workload.run(50)
  const daemon = await site.beginWith({ env: NO_STANDBY })
  const faulty = await FaultyCalls.of(t, daemon.pid, { call, fault, path: path(site) })
  const from = daemon.lines.length
  workload.run(40)
  await daemon.says(says, () => true, from)
  await faulty.end()
  t.diagnostic(`${faulty.injected} calls failed`)
  assert.ok(faulty.injected > 0, faulty.log)
  workload.run(20)
  try {
    await site.untilEqual()
    await site.untilTold(workload.diary)
    return true
  } catch (error) {
    if (daemon.lines.some(({ message }) => message.includes('ENOSYS'))) return false
    throw error
  }
}

test(
  'a daemon that is killed in the middle of a checkpoint leaves a database that is used on',
  { skip: whyNoFaults },
  async (t) => {
    const site = siteFor(t)
    const workload = new Workload(site.from, site.outside, new SeededRandom(4))
    workload.run(50)
    const daemon = await site.begin()
    workload.run(50)
    // Only checkpoints write to the file itself, the last one when it is closed.
    const kill = { call: 'pwrite64', fault: 'signal=SIGKILL:when=3', path: site.db }
    const faulty = await FaultyCalls.of(t, daemon.pid, kill)
    daemon.signal('SIGTERM')
    assert.deepEqual(await daemon.ended, [null, 'SIGKILL'], faulty.log)
    workload.run(20)
    const next = site.start()
    await site.untilEqual()
    await site.untilTold(workload.diary)
    assert.deepEqual(next.saysOf('database:replaced'), [])
  },
)
