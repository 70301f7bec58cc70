import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'

interface Way {
  readonly nth: number
  readonly way: string
  /** Tests that go this way and find nothing lost: their files, and their titles there. */
  readonly shown: Readonly<Record<string, readonly string[]>>
}

/**
 * Twenty ways in which a queue of changes can lose one, and the tests that each is closed. That these
 * exist and are not switched off is all that is looked at here, in their sources: not that they ran,
 * since a machine may lack what they need (`skip: whyNot`), and not what they assert.
 */
const WAYS: readonly Way[] = [
  {
    nth: 1,
    way: 'a success deletes what came during the run',
    shown: {
      'queue/event-store': [
        'what comes during a run stays for the next one, with its own bits and instant (P2)',
      ],
      'crash/kill-loop': ['nothing is forgotten however often the daemon is killed (P1, P2, P3)'],
    },
  },
  {
    nth: 2,
    way: 'a database that is opened again syncs less than when it was made',
    shown: {
      'queue/database': [
        'every open is durable: WAL, and synchronous is FULL also the second time',
      ],
      'crash/power-cut': [
        'a power cut takes back nothing that was said to be done, on ${fileSystem} (P1)',
      ],
    },
  },
  {
    nth: 3,
    way: "the kernel's queue overflows, and nobody is told",
    shown: {
      'watch/inotify/losses': [
        'an overflow of the queue is told, and a crawl puts everything right again',
      ],
      'daemon/property': ['The same with the real inotify engine'],
    },
  },
  {
    nth: 4,
    way: 'something is made in a new directory before that is watched',
    shown: {
      'watch/inotify/arrivals': [
        'of ${TREES} nested trees made as fast as can be none is missed',
        'what is made while the tree is first walked is told',
      ],
    },
  },
  {
    nth: 5,
    way: 'the watch directory or a file system is another one now, and the watches are dead',
    shown: {
      'daemon/root-guard': [
        'A watch directory that was renamed away holds everything, until it is back with what changed',
        'Another directory in its place changes nothing, not even at the next start',
        'A watch directory that was unmounted holds everything until it is mounted again',
      ],
      'watch/inotify/losses': [
        'an unmounted directory is to be compared, what is beneath is watched',
      ],
    },
  },
  {
    nth: 6,
    way: 'the limit of watches is reached, and the daemon says that it is ready',
    shown: {
      'watch/inotify/limits': [
        'the limit of watches is one problem with path, sysctl and number, and ends when it is raised',
      ],
      'program/watch-limit': [
        'Where the limit of watches is reached it says what it needs, and tells of what it watches',
      ],
    },
  },
  {
    nth: 7,
    way: 'something changes, is moved in, or goes while no daemon runs',
    shown: {
      'daemon/unseen-changes': ['While no daemon runs'],
      'daemon/catch-up': [
        'After kill -9 and ${CHANGES} random changes exactly those paths are told, without an initial sync',
      ],
    },
  },
  {
    nth: 8,
    way: 'a name is not UTF-8',
    shown: {
      'queue/event-store': [
        'names that differ in one byte are different paths, and come back as they were',
      ],
      'run/arguments': ['a name arrives as its exact bytes, whatever they are'],
      'run/list-file': ['a list holds one entry a path, byte for byte'],
    },
  },
  {
    nth: 9,
    way: 'a library leaves out names like x~ and .x.swp',
    shown: { 'watch/engine-contract': ['odd names are told by their bytes'] },
  },
  {
    nth: 10,
    way: 'the daemon hears itself, or drops its own locks by closing a file',
    shown: {
      'crash/own-files': ['a daemon whose files are in the watch directory does not hear itself'],
      'queue/database-files': ["looking at the files of a database drops none of SQLite's locks"],
    },
  },
  {
    nth: 11,
    way: 'a foreign write lock freezes the loop',
    shown: {
      'queue/database': [
        'a shell that holds the write lock delays writes, drops nothing and never blocks the loop long',
      ],
      'crash/foreign-hands': ['a writer that stays: the kernel is read on, and nothing is dropped'],
    },
  },
  {
    nth: 12,
    way: 'a foreign reader lets the log fill the disk',
    shown: {
      'queue/database': [
        'a reader that stays slows writes down, at last stops them, and loses none',
      ],
      'crash/foreign-hands': [
        'a reader that stays: everything is told, and the log stays small',
        'a log that has grown, as a reader keeps all of it, is told',
      ],
    },
  },
  {
    nth: 13,
    way: 'the disk is full, and what is done cannot be acknowledged',
    shown: {
      'crash/disk-full': [
        'of the database: events wait, and all are told when there is room again',
        'of the database: what waits can be done and deleted, thanks to the ballast',
        'of the lists: runs fail with words, and all are told when there is room again',
      ],
    },
  },
  {
    nth: 14,
    way: 'the database is damaged, empty, deleted or replaced',
    shown: {
      'crash/database-lost': ['${moment} queue.db${file} is ${what}'],
      'queue/quarantine': ['at the path of a database: ${what}'],
      'queue/database-files': ['an open database notices: ${what}'],
    },
  },
  {
    nth: 15,
    way: 'a list is empty, or an old one, after a power cut',
    shown: {
      'run/list-run': ['an empty list is never handed over'],
      'run/own-files': ['what a dead daemon left is removed, and nothing of others'],
      'crash/power-cut': [
        'a power cut takes back nothing that was said to be done, on ${fileSystem} (P1)',
      ],
    },
  },
  {
    nth: 16,
    way: 'a script outlives its daemon, and the next one starts it again beside it',
    shown: {
      'crash/after-a-kill': [
        'its script that still runs is waited for, and never doubled (P3)',
        'a stranger with the process id of its script is not waited for',
      ],
    },
  },
  {
    nth: 17,
    way: 'output that nobody ends, or too much of it, and ends by signal pass for another outcome',
    shown: {
      'run/output': [
        'a grandchild that keeps stdout open does not hold a finished run',
        'a script that writes 20 MB succeeds, and memory does not grow with it',
      ],
      'run/outcome': ['an end by signal is never success, whatever exit codes are ignored'],
    },
  },
  {
    nth: 18,
    way: 'one path that always fails holds up all in its batch',
    shown: {
      'schedule/isolation': [
        'one poison path among 100,000 costs at most 2·log2(n)+4 extra runs',
        'new paths are delivered in their normal time while a lone poison path fails',
      ],
    },
  },
  {
    nth: 19,
    way: 'a name passes for an option or for two names, or a list is put where a link leads',
    shown: {
      'run/arguments': ['paths begin with the watch directory as given, without a doubled slash'],
      'run/list-file': [
        'paths with newlines are left over, in lists that end entries with newlines',
      ],
      'run/own-files': ['a new file is never made through a link, nor over something'],
      'cli/bad-input': ['a list directory that is a symbolic link'],
    },
  },
  {
    nth: 20,
    way: 'an expression or a jump of the clock stalls everything',
    shown: {
      'rules/rules-fuzz': ['Expressions that hang backtracking engines take linear time'],
      'schedule/scheduler': ['a clock set back stretches no delay'],
    },
  },
]

describe('twenty ways to lose a change, each with tests that it is closed', () => {
  for (const { nth, way, shown } of WAYS) {
    test(`${nth}: ${way}`, () => {
      for (const [file, titles] of Object.entries(shown)) {
        const source = sourceOf(file)
        for (const title of titles) {
          assert.ok(isTitle(title, source), `${file} has no ‘${title}’, or it is switched off`)
        }
      }
    })
  }

  test('a test that is skipped or to be written closes none', () => {
    const sources = [
      "test('it holds', { skip: true }, () => {})",
      "test('it holds', { timeout: 1, todo: 'soon' }, () => {})",
      "test('it holds', { skip: 'flaky' }, () => {})",
      "test.skip('it holds', () => {})",
      "void test.todo(\n  'it holds',\n)",
      "{ name: 'it holds', skip: true, make: () => undefined }",
    ]
    assert.deepEqual(
      sources.filter((source) => isTitle('it holds', source)),
      [],
    )
    assert.ok(isTitle('it holds', "test('it holds', { skip: whyNot }, () => {\n  skip: true"))
    assert.ok(isTitle('it holds', `${sources[0]}\ntest('it holds', () => {})`))
  })

  test('they are twenty', () => {
    const numbers = WAYS.map(({ nth }) => nth)
    assert.deepEqual(
      numbers,
      Array.from({ length: 20 }, (_, index) => index + 1),
    )
  })
})

/** Tests are compiled to a directory beside their sources. */
function sourceOf(file: string): string {
  const found = [`${file}.test.ts`, `${file}.ts`]
    .map((name) => new URL(`../../test/${name}`, import.meta.url))
    .find((url) => existsSync(url))
  assert.ok(found, `there is no test/${file}`)
  return readFileSync(found, 'utf8')
}

/** Says whether a source has a test with this title, as it is written there, that is not switched off. */
function isTitle(title: string, source: string): boolean {
  return [`'`, '"', '`'].some((quote) => {
    const pieces = source.split(`${quote}${title}${quote}`)
    return pieces.slice(1).some((after, nth) => !isOff(pieces[nth] ?? '', after))
  })
}

/** Looks at what is before and after a title; a condition for skipping is no constant. */
function isOff(before: string, after: string): boolean {
  const [settings = ''] = after.split('=>')
  return /\.(skip|todo)\(\s*$/.test(before) || /\b(skip|todo):\s*(true|['"`])/.test(settings)
}
