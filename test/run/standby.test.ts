import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'

import type { Run } from '../../dist/model/glossary.js'
import type { RunOutcome } from '../../dist/model/run-outcome.js'
import { loadSpawner, type Runner, type RunnerSettings } from '../../dist/run/runner.js'
import { Standby } from '../../dist/run/standby.js'
import { eventually } from '../support/eventually.ts'
import { LiveDaemon } from '../support/live-daemon.ts'
import { event, RECORD_ARGUMENTS, RunFixture } from '../support/run-fixture.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { notOnLinux, testUnless } from '../support/test-unless.ts'
import { isWaitingShell, waitingShell, waitingShells } from '../support/waiting-shells.ts'

const FIRST: Run = { id: 1, kind: 'sync', attempt: 1 }
const SECOND: Run = { id: 2, kind: 'sync', attempt: 1 }
const spawner = await loadSpawner()

const PLAIN = { PATH: '/usr/bin:/bin', HOME: '/home/me' }

testUnless(notOnLinux, 'scripts from a shell that stands by', () => {
  test('the shell that waits becomes the next script, and another one waits then', async (t) => {
    const { fixture, perform, shell } = await standingBy(t, `${RECORD_ARGUMENTS}; wc -c; pwd`)
    const outcome = await perform(SECOND, "it's \\ $(odd)\n`name`")
    assert.equal(outcome.why, 'exit code 0', outcome.tail)
    assert.equal(fixture.spawned[1]?.pid, shell)
    const given = fixture.read('arguments').toString().split('\0').slice(4, -1)
    assert.deepEqual(given, ['sync', 'nolabel', '256', "/watched/it's \\ $(odd)\n`name`"])
    assert.deepEqual(fixture.lines.slice(2), ['0', process.cwd()])
    assert.notEqual(await waitingShell(), shell)
  })

  for (const [kind, more] of [
    ['odd', { EMPTY: '', QUOTES: `'"\\$x`, LINES: 'a=b\nc\n', U: 'ü' }],
    ['a shell’s', { SHLVL: '3', PWD: '/nowhere', ENV: '/nowhere/rc' }],
  ] as const) {
    test(`its script has the environment of one that is spawned (${kind})`, async (t) => {
      const dump = 'tr "\\0" "\\n" < /proc/self/environ > "$T/environment$CLSYNC_RUN_ID"'
      const changes = { environment: { ...PLAIN, ...more } }
      const { fixture, perform, shell } = await standingBy(t, dump, changes)
      await perform(SECOND, 'a')
      assert.equal(fixture.spawned[1]?.pid, shell)
      assert.deepEqual(environmentOf(fixture, '2'), environmentOf(fixture, '1'))
    })
  }

  for (const name of ['BASH_FUNC_greet%%', 'with-dash', 'UID', 'IFS']) {
    test(`no shell stands by where it would not pass on ${name} unchanged`, () => {
      const standby = new Standby(spawner, { ...PLAIN, [name]: '() { :; }' }, [])
      standby.prepare()
      assert.equal(standby.take(), undefined)
      assert.deepEqual(waitingShells(process.pid), [])
    })
  }

  for (const code of [1, 2, 3, 126, 127]) {
    test(`no shell stands by where its own failure, ${code}, would be ignored (P2)`, () => {
      const standby = new Standby(spawner, PLAIN, [24, code])
      standby.prepare()
      assert.equal(standby.take(), undefined)
    })
  }

  test('a shell that is told nothing more does not end with success (P1)', async () => {
    const standby = new Standby(spawner, PLAIN, [])
    standby.prepare()
    const shell = standby.take()
    assert.ok(shell)
    shell.stdin.end()
    const [code] = await once(shell, 'exit')
    assert.equal(code, 1)
  })

  test('a script that is no program is spawned, since some shells would read it themselves', async (t) => {
    const { fixture, perform, shell } = await standingBy(t, 'exit 0')
    writeFileSync(fixture.script, 'exit 3\n')
    assert.equal((await perform(SECOND, 'a')).why, 'exit code 3')
    assert.notEqual(fixture.spawned[1]?.pid, shell)
  })

  test('its process is told of before the script does anything', async (t) => {
    const { fixture, perform, shell } = await standingBy(t, 'touch "$T/began$CLSYNC_RUN_ID"')
    let wasWaiting = false
    fixture.onSpawned = (pid) => {
      const until = performance.now() + 50
      while (performance.now() < until);
      wasWaiting = isWaitingShell(pid) && !existsSync(fixture.path('began2'))
    }
    await perform(SECOND, 'a')
    assert.equal(fixture.spawned[1]?.pid, shell)
    assert.ok(wasWaiting)
    assert.ok(existsSync(fixture.path('began2')))
  })

  test('a shell that is killed while it waits is not missed', async (t) => {
    const { fixture, perform, shell } = await standingBy(t, 'exit 0')
    process.kill(shell, 'SIGKILL')
    await eventually(
      () => !existsSync(`/proc/${shell}`),
      () => `shell ${shell} does not end`,
    )
    assert.equal((await perform(SECOND, 'a')).why, 'exit code 0')
    assert.notEqual(fixture.spawned[1]?.pid, shell)
  })

  test('a run whose shell dies while it is told what to become has failed', async (t) => {
    const { fixture, perform, shell } = await standingBy(t, 'exit 0')
    fixture.onSpawned = (pid) => process.kill(pid, 'SIGKILL')
    const { succeeded, why } = await perform(SECOND, 'a')
    assert.equal(fixture.spawned[1]?.pid, shell)
    assert.deepEqual([succeeded, why], [false, 'killed by SIGKILL'])
  })

  test('what failed is tried again by itself, so that errors of starting have their names', async (t) => {
    const { fixture, perform, shell } = await standingBy(t, 'exit 0')
    writeFileSync(fixture.script, '#!/no/such/interpreter\n')
    const again = await perform({ ...SECOND, attempt: 2 }, 'a')
    assert.match(again.why, /^the interpreter of script .* does not exist \(ENOENT\)$/)
    assert.deepEqual(waitingShells(process.pid), [shell])
    const fromShell = await perform({ ...SECOND, id: 3 }, 'a')
    assert.equal(fromShell.succeeded, false)
    assert.ok([126, 127].includes(fromShell.exitCode ?? 0), fromShell.why)
  })

  test('arguments that are too long are left to a spawn, which says so', async (t) => {
    const { perform, shell } = await standingBy(t, 'exit 0')
    const outcome = await perform(SECOND, 'x'.repeat(200_000))
    assert.match(outcome.why, /too long .*\(E2BIG\)$/)
    assert.deepEqual(waitingShells(process.pid), [shell])
  })

  test('a runner that is closed lets its shell end, and prepares no other', async (t) => {
    // Longer than it takes until a shell would be prepared.
    const { runner, perform } = await standingBy(t, 'sleep 0.05')
    runner.close()
    await perform(SECOND, 'a')
    await eventually(
      () => waitingShells(process.pid).length === 0,
      () => 'the shell still waits',
    )
  })

  test('when a database is lost, the shell goes with what served it', async (t) => {
    const fixture = new RunFixture(t, 'exit 0')
    const tree = temporaryDirectory(t)
    const args = ['--db', fixture.path('state.db'), '-t', '0', '-w', '0', tree, fixture.script]
    const launcher = ['env', '-i', `PATH=${PLAIN.PATH}`]
    const daemon = new LiveDaemon(args, { cwd: fixture.directory, launcher })
    t.after(() => daemon.kill())
    const before = await waitingShell(daemon.pid)
    rmSync(fixture.path('state.db'))
    await daemon.says('database:replaced')
    await eventually(
      () => !isWaitingShell(before),
      () => `shell ${before} still waits`,
    )
    assert.notEqual(await waitingShell(daemon.pid), before)
  })

  test('no shell outlives a daemon that is killed', async (t) => {
    const fixture = new RunFixture(t, 'exit 0')
    const tree = temporaryDirectory(t)
    const args = ['--db', fixture.path('state.db'), '-t', '0', '-w', '0', tree, fixture.script]
    const launcher = ['env', '-i', `PATH=${PLAIN.PATH}`]
    const daemon = new LiveDaemon(args, { cwd: fixture.directory, launcher })
    await daemon.says('daemon:ready')
    const shell = await waitingShell(daemon.pid)
    await daemon.kill()
    await eventually(
      () => !isWaitingShell(shell),
      () => `shell ${shell} outlived its daemon`,
    )
  })
})

/** A runner that has run something before, and whose shell waits now. */
async function standingBy(
  t: TestContext,
  script: string,
  changes: Partial<RunnerSettings> = {},
): Promise<{
  readonly fixture: RunFixture
  readonly runner: Runner
  readonly perform: (run: Run, path: string) => Promise<RunOutcome>
  readonly shell: number
}> {
  const fixture = new RunFixture(t, script)
  const runner = runnerFor(t, fixture, changes)
  const perform = (run: Run, path: string): Promise<RunOutcome> =>
    runner.start(run, [event(path)]).outcome
  await perform(FIRST, 'a')
  return { fixture, runner, perform, shell: await waitingShell() }
}

function runnerFor(t: TestContext, fixture: RunFixture, changes: Partial<RunnerSettings>): Runner {
  const runner = fixture.runner({ environment: PLAIN, ...changes })
  t.after(async () => {
    runner.close()
    await eventually(
      () => waitingShells(process.pid).length === 0,
      () => 'a shell still waits',
    )
  })
  return runner
}

/** The environment as sorted lines, less what shells say of themselves and what a run has of its own. */
function environmentOf(fixture: RunFixture, run: string): readonly string[] {
  const lines = fixture.read(`environment${run}`).toString().split('\n')
  return lines
    .filter((line) => !/^(?:_|SHLVL|OLDPWD|PWD|CLSYNC_RUN_ID|CLSYNC_FAILED)=/.test(line))
    .toSorted()
}
