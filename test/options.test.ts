import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ClsyncError } from '../dist/errors.js'
import type { Given, Setting, Surroundings, Switch } from '../dist/given.js'
import { type Options, resolveOptions } from '../dist/options.js'

const HERE: Surroundings = {
  cwd: '/here',
  platform: 'linux',
  cores: 8,
  isRoot: false,
  home: '/home/me',
  stateHome: undefined,
}

interface Wish {
  readonly operands?: readonly string[]
  readonly switches?: readonly Switch[]
  readonly settings?: Partial<Record<Setting, string | readonly string[]>>
}

function given({ operands = ['tree', 'script'], switches = [], settings = {} }: Wish): Given {
  const all = Object.entries(settings) as Array<[Setting, string | readonly string[]]>
  return {
    operands,
    switches: new Set(switches),
    settings: new Map(all.map(([name, value]) => [name, [value].flat()])),
  }
}

function options(wish: Wish = {}, surroundings: Partial<Surroundings> = {}): Options {
  return resolveOptions(given(wish), { ...HERE, ...surroundings })
}

function refusal(wish: Wish): string {
  try {
    options(wish)
  } catch (error) {
    assert.ok(error instanceof ClsyncError)
    assert.equal(error.code, 'usage')
    assert.ok(error.hint !== undefined && error.hint !== '', 'has a hint')
    return error.message
  }
  return assert.fail(`accepted: ${JSON.stringify(wish)}`)
}

test('Without flags the defaults are those of the documentation', () => {
  assert.deepEqual(options(), {
    watchDir: 'tree',
    script: '/here/script',
    rulesFile: undefined,
    label: 'nolabel',
    db: '/home/me/.local/state/clsync/nolabel-here-tree-7da05b4d.db',
    engine: 'inotify',
    pollMs: undefined,
    collectDelayMs: 30_000,
    commonDelayMs: 15_000,
    bigFileThreshold: 134_217_728,
    bigFileCollectDelayMs: 1_800_000,
    listsDir: undefined,
    listTerminator: '\n',
    jobs: 1,
    initialSync: 'auto',
    retryDelayMs: 5000,
    retryDelayMaxMs: 3_600_000,
    syncTimeoutMs: 86_400_000,
    ignoreExitCodes: [],
    auditIntervalMs: 86_400_000,
    maxDelete: { unit: 'percent', limit: 50 },
    acceptNewRoot: false,
    background: false,
    verbosity: 'normal',
    logFormat: 'text',
  })
})

test('Options are frozen, with all that is in them', () => {
  const resolved = options({ settings: { ignoreexitcode: ['24'], maxdelete: '10' } })
  assert.ok(Object.isFrozen(resolved))
  assert.ok(Object.isFrozen(resolved.ignoreExitCodes))
  assert.ok(Object.isFrozen(resolved.maxDelete))
})

test('The watch directory stays as written, less trailing slashes', () => {
  const written = ['tree', 'tree/', './tree//', '../x', '/', '//', '/a b/', '.', './']
  const kept = ['tree', 'tree', './tree', '../x', '/', '/', '/a b', '.', '.']
  assert.deepEqual(
    written.map((watchDir) => options({ operands: [watchDir, 'script'] }).watchDir),
    kept,
  )
})

test('Every setting is read', () => {
  const wishes: ReadonlyArray<readonly [Setting, string | readonly string[], Partial<Options>]> = [
    ['collectdelay', '0', { collectDelayMs: 0 }],
    ['collectdelay', '0.25', { collectDelayMs: 250 }],
    ['collectdelay', '.5', { collectDelayMs: 500 }],
    ['collectdelay', '1e3', { collectDelayMs: 1_000_000 }],
    ['commondelay', '0.0001', { commonDelayMs: 1 }],
    ['bigfilecollectdelay', '2', { bigFileCollectDelayMs: 2000 }],
    ['bigfilethreshold', '0', { bigFileThreshold: 0 }],
    ['bigfilethreshold', '4096', { bigFileThreshold: 4096 }],
    ['bigfilethreshold', '1k', { bigFileThreshold: 1024 }],
    ['bigfilethreshold', '128M', { bigFileThreshold: 134_217_728 }],
    ['bigfilethreshold', '2g', { bigFileThreshold: 2 ** 31 }],
    ['bigfilethreshold', '1T', { bigFileThreshold: 2 ** 40 }],
    ['outlistsdir', 'lists', { listsDir: '/here/lists' }],
    ['outlistsdir', '/lists/', { listsDir: '/lists' }],
    ['db', 'x.db', { db: '/here/x.db' }],
    ['poll', [], { pollMs: 5000, engine: 'chokidar' }],
    ['poll', '0.5', { pollMs: 500, engine: 'chokidar' }],
    ['jobs', '4', { jobs: 4 }],
    ['initialsync', 'never', { initialSync: 'never' }],
    ['retrydelay', '2', { retryDelayMs: 2000 }],
    ['retrydelay', '7200', { retryDelayMs: 7_200_000, retryDelayMaxMs: 7_200_000 }],
    ['retrydelaymax', '60', { retryDelayMaxMs: 60_000 }],
    ['synctimeout', '0', { syncTimeoutMs: 0 }],
    ['ignoreexitcode', ['24', '23', '24'], { ignoreExitCodes: [24, 23] }],
    ['auditinterval', '0', { auditIntervalMs: 0 }],
    ['maxdelete', '100%', { maxDelete: { unit: 'percent', limit: 100 } }],
    ['maxdelete', '12.5%', { maxDelete: { unit: 'percent', limit: 12.5 } }],
    ['maxdelete', '1000', { maxDelete: { unit: 'entries', limit: 1000 } }],
    ['logformat', 'json', { logFormat: 'json' }],
  ]
  for (const [name, value, expected] of wishes) {
    assert.deepEqual(
      options({ settings: { [name]: value } }),
      { ...options(), ...expected },
      `--${name} ${String(value)}`,
    )
  }
})

test('Every switch is read', () => {
  const wishes: ReadonlyArray<readonly [Switch, Partial<Options>]> = [
    ['acceptnewroot', { acceptNewRoot: true }],
    ['auto', { engine: 'auto' }],
    ['background', { background: true }],
    ['chokidar', { engine: 'chokidar' }],
    ['debug', { verbosity: 'debug' }],
    ['fanotify', { engine: 'fanotify' }],
    ['inotify', { engine: 'inotify' }],
    ['null', { listTerminator: '\0' }],
    ['pthread', { jobs: 8 }],
    ['quite', { verbosity: 'quiet' }],
    ['verbose', { verbosity: 'verbose' }],
  ]
  for (const [name, expected] of wishes) {
    assert.deepEqual(options({ switches: [name] }), { ...options(), ...expected }, `--${name}`)
  }
  assert.equal(options({ switches: ['pthread'], settings: { jobs: '3' } }).jobs, 3)
  assert.equal(options({ settings: { label: 'wéb-1' } }).label, 'wéb-1')
  assert.equal(options({}, { platform: 'darwin' }).engine, 'chokidar')
})

test('The database is named after label and watch directory, in the place that is for it', () => {
  const db = (wish: Wish, surroundings: Partial<Surroundings> = {}): string =>
    options(wish, surroundings).db
  assert.match(db({}, { isRoot: true }), /^\/var\/lib\/clsync\/nolabel-here-tree-[0-9a-f]{8}\.db$/)
  assert.match(db({}, { stateHome: '/state' }), /^\/state\/clsync\/nolabel-here-tree-/)
  assert.match(db({}, { stateHome: 'relative' }), /^\/home\/me\/\.local\/state\/clsync\//)
  assert.throws(() => db({}, { home: '' }), /no place for the database: the home directory is ""/)
  assert.equal(db({ operands: ['./tree/', 's'] }), db({ operands: ['/here/tree', 's'] }))
  assert.notEqual(db({ operands: ['a-b', 's'] }), db({ operands: ['a/b', 's'] }))
  assert.notEqual(db({ settings: { label: 'x' } }), db({}))
  const odd = db({ operands: [`/${'ж\n'.repeat(300)}`, 's'], settings: { label: '../..' } })
  assert.match(odd, /^\/home\/me\/\.local\/state\/clsync\/[0-9a-f]{8}\.db$/)
  const long = db({ operands: [`/${'x/'.repeat(2000)}`, 's'] })
  assert.match(long, /^\/home\/me\/\.local\/state\/clsync\/nolabel-[x-]{80,100}-[0-9a-f]{8}\.db$/)
})

test('What makes no sense is refused in one line that names it', () => {
  const refused: ReadonlyArray<readonly [Wish, RegExp]> = [
    [{ operands: [] }, /watch directory is missing/],
    [{ operands: ['tree'] }, /action script is missing/],
    [{ operands: ['tree', 's', 'r', 'more'] }, /'more' is one argument too many/],
    [{ operands: ['', 's'] }, /watch directory is empty/],
    [{ operands: ['tree', ''] }, /action script is empty/],
    [{ operands: ['tree', 's', ''] }, /rules file is empty/],
    [{ settings: { collectdelay: '-5' } }, /--collectdelay -5 is negative/],
    [{ settings: { collectdelay: 'abc' } }, /--collectdelay 'abc' is not a number/],
    [{ settings: { collectdelay: '' } }, /--collectdelay '' is not/],
    [{ settings: { collectdelay: '1e999' } }, /1e999 is too large/],
    [{ settings: { collectdelay: '0x10' } }, /is not a number/],
    [{ settings: { collectdelay: 'Infinity' } }, /is not a number/],
    [{ settings: { collectdelay: '5 ' } }, /is not a number/],
    [{ settings: { collectdelay: '5s' } }, /is not a number/],
    [{ settings: { synctimeout: '99999999999' } }, /is too large/],
    [{ settings: { bigfilethreshold: '1.5G' } }, /'1.5G' is not a whole number/],
    [{ settings: { bigfilethreshold: '10X' } }, /'10X' is not/],
    [{ settings: { bigfilethreshold: '9999T' } }, /9999T is too large/],
    [{ settings: { bigfilethreshold: '-1' } }, /-1 is negative/],
    [{ settings: { poll: '0' } }, /--poll 0 is too small/],
    [{ settings: { poll: '' } }, /--poll '' is not/],
    [{ settings: { jobs: '0' } }, /--jobs 0 is too small/],
    [{ settings: { jobs: '1.5' } }, /--jobs '1.5' is not a whole number/],
    [{ settings: { jobs: '10000' } }, /--jobs 10000 is too large/],
    [{ settings: { ignoreexitcode: ['24', '256'] } }, /256 is too large/],
    [{ settings: { maxdelete: '101%' } }, /101% is too large/],
    [{ settings: { maxdelete: '-1%' } }, /-1% is negative/],
    [{ settings: { maxdelete: '%' } }, /'%' is not a percentage/],
    [{ settings: { maxdelete: 'half' } }, /'half' is not/],
    [{ settings: { label: '' } }, /--label is empty/],
    [{ settings: { label: 'a b' } }, /--label 'a b'/],
    [{ settings: { label: 'a\nb' } }, /--label/],
    [{ settings: { label: 'a\u00a0b' } }, /--label/],
    [{ settings: { label: '\u001b[2J' } }, /--label/],
    [{ settings: { db: '\ufffd.db' } }, /--db .* is not UTF-8/],
    [{ settings: { db: '' } }, /database is empty/],
    [{ settings: { outlistsdir: '' } }, /list directory is empty/],
    [{ settings: { initialsync: 'often' } }, /--initialsync 'often'/],
    [{ settings: { logformat: 'xml' } }, /--logformat 'xml'/],
    [{ settings: { retrydelay: '10', retrydelaymax: '5' } }, /--retrydelaymax 5 is less/],
    [{ switches: ['inotify', 'fanotify'] }, /--inotify and --fanotify exclude/],
    [{ switches: ['auto', 'chokidar'] }, /exclude each other/],
    [{ switches: ['inotify'], settings: { poll: '5' } }, /exclude each other/],
    [{ switches: ['quite', 'verbose'] }, /--quite and --verbose/],
    [{ switches: ['quite', 'debug'] }, /--quite and --debug/],
  ]
  for (const [wish, message] of refused) assert.match(refusal(wish), message)
})
