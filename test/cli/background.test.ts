import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { type Finished, runNode, workplace } from '../support/clsync-process.ts'
import { eventually } from '../support/eventually.ts'

const FAKE = fileURLToPath(new URL('fixture/fake-clsync.js', import.meta.url))

async function startInBackground(
  directory: string,
  fake: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return runNode(FAKE, ['-b', 'tree', 'script'], {
    cwd: directory,
    env: { ...process.env, FAKE: fake, ...environment },
  })
}

/** Returns the process id that was printed; the process ends with the test. */
function daemonOf(t: TestContext, { stdout }: Finished): number {
  assert.match(stdout, /^\d+\n$/)
  const pid = Number(stdout)
  t.after(async () => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    await eventually(
      () => !isAlive(pid),
      () => `${pid} lives`,
    )
  })
  return pid
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/\) Z /.test(stat(pid))
  } catch {
    return false
  }
}

function stat(pid: number): string {
  return existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'latin1') : ''
}

const needsProc = existsSync('/proc/self/stat') ? false : 'there is no /proc here'

test('It returns 0 and the process id when the daemon is ready, having shown its log until then', async (t) => {
  const finished = await startInBackground(workplace(t), 'ready')
  const pid = daemonOf(t, finished)
  assert.equal(finished.code, 0)
  assert.match(finished.stderr, /info {2}database fake\.db.*\n.*info {2}ready: inotify/)
  assert.ok(isAlive(pid))
})

test(
  'The daemon has a session of its own and nothing of the terminal',
  { skip: needsProc },
  async (t) => {
    const directory = workplace(t)
    const pid = daemonOf(t, await startInBackground(directory, 'ready'))
    const session = stat(pid).split(') ')[1]?.split(' ')[3]
    assert.equal(session, String(pid))
    for (const fd of [0, 1, 2]) assert.equal(readlinkSync(`/proc/${pid}/fd/${fd}`), '/dev/null')
    assert.equal(readlinkSync(`/proc/${pid}/cwd`), directory)
  },
)

test('Standard error is kept where it is a file', async (t) => {
  const directory = workplace(t)
  const log = join(directory, 'log')
  const child = spawn(process.execPath, [FAKE, '-b', 'tree', 'script'], {
    cwd: directory,
    env: { ...process.env, FAKE: 'ready' },
    stdio: ['ignore', 'pipe', openSync(log, 'a')],
  })
  let stdout = ''
  child.stdout?.on('data', (chunk) => (stdout += String(chunk)))
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 0)
  const pid = daemonOf(t, { code, signal: null, stdout, stderr: '' })
  process.kill(pid, 'SIGTERM')
  await eventually(
    () => readFileSync(log, 'utf8').includes('stopped'),
    () => readFileSync(log, 'utf8'),
  )
  assert.equal(readFileSync(log, 'utf8').match(/ready: inotify/g)?.length, 1)
})

test('What a script inherits says nothing of the background', async (t) => {
  const directory = workplace(t)
  const file = join(directory, 'environment')
  daemonOf(t, await startInBackground(directory, 'ready', { FAKE_ENVIRONMENT: file }))
  assert.match(readFileSync(file, 'utf8'), /^FAKE=ready$/m)
  assert.doesNotMatch(readFileSync(file, 'utf8'), /NODE_CHANNEL|CLSYNC_IN_BACKGROUND/)
})

test('A daemon that cannot start is an error with its own words and code', async (t) => {
  const { code, stdout, stderr } = await startInBackground(workplace(t), 'locked')
  assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
  assert.match(stderr, /\nclsync: fake.db is used by process 1\nhint: stop it\n$/)
})

test('A daemon that ends without a word before it is ready is an error', async (t) => {
  const { code, stdout, stderr } = await startInBackground(workplace(t), 'crash')
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
  assert.match(stderr, /did not become ready in the background: it ended with exit code 7\nhint: /)
})

test('A bug of the daemon before it is ready is shown', async (t) => {
  const { code, stderr } = await startInBackground(workplace(t), 'bug')
  assert.equal(code, 1)
  assert.match(stderr, /\nclsync: bug: x is not a function at .+\nhint: please report/)
})

test('Who gives up waiting leaves no daemon behind', { skip: needsProc }, async (t) => {
  const directory = workplace(t)
  const file = join(directory, 'environment')
  const parent = spawn(process.execPath, [FAKE, '-b', 'tree', 'script'], {
    cwd: directory,
    env: { ...process.env, FAKE: 'never ready', FAKE_ENVIRONMENT: file },
    stdio: 'ignore',
  })
  await eventually(
    () => existsSync(file),
    () => 'the daemon does not start',
  )
  const children = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8')
  const pid = Number(children.trim())
  assert.ok(isAlive(pid))
  parent.kill('SIGKILL')
  await eventually(
    () => !isAlive(pid),
    () => `${pid} lives on`,
  )
})
