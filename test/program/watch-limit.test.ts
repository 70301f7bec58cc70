import assert from 'node:assert/strict'
import { test } from 'node:test'

import { LISTED, LivePlace } from '../support/live-place.ts'
import { whyNoUserNamespace } from '../support/user-namespace.ts'

const DIRECTORIES = 1_000
const LIMIT = 20
/** What is needed and a quarter more, in full 1,024s. */
const ENOUGH = 2_048

const LIMITED = [
  ...['unshare', '-r', 'sh', '-c'],
  `echo ${LIMIT} > /proc/sys/user/max_inotify_watches && exec "$@"`,
  'sh',
]

test(
  'Where the limit of watches is reached it says what it needs, and tells of what it watches',
  { skip: whyNoUserNamespace() },
  async (t) => {
    const place = new LivePlace(t)
    for (let index = 0; index < DIRECTORIES; index += 1) place.tree.makeDirectory(`${index}`)
    const flags = [...LISTED, '--inotify', '--initialsync', 'never']
    const daemon = await place.start(flags, { launcher: LIMITED })

    const [problem, ...others] = daemon.saysOf('watch:problem')
    assert.deepEqual(others, [])
    assert.ok(problem !== undefined)
    const { message, hint = '' } = problem
    const path = String(problem['path'])
    const missed = `${DIRECTORIES + 1 - LIMIT} directories, ${path} first`
    assert.equal(
      message,
      `cannot watch ${missed}: the limit of ${LIMIT} inotify watches is reached`,
    )
    const sysctl = `sysctl user.max_inotify_watches=${ENOUGH} (now ${LIMIT}), or use --fanotify`
    assert.ok(hint.endsWith(sysctl), hint)
    assert.equal((await daemon.says('daemon:ready'))['engine'], 'inotify')

    place.moveIn(`${path}/file`, 'x')
    place.moveIn('file', 'x')
    await place.tells('file')
    await place.settled()
    assert.deepEqual([...place.told().keys()], ['file'])
    daemon.signal('SIGUSR1')
    await place.tells(`${path}/file`)
  },
)
