import assert from 'node:assert/strict'
import { test } from 'node:test'

import { IN_CREATE, IN_DELETE, IN_MODIFY } from '../../dist/model/mask.js'
import { DirectoryFlag, type PacketWriter } from '../../dist/model/packet.js'
import { type Sighting } from '../../dist/model/sighting.js'
import { Recording } from '../support/recording.ts'
import {
  directory,
  file,
  gone,
  type Look,
  rejected,
  unknown,
  writeDirectory,
} from '../support/sightings.ts'

test('a listing tells what is new, what is different, and what is missing', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d'), file('same'), file('changed'), file('gone'))
  await recording.hints('d', file('x'))
  await recording.deliverAll()
  await recording.begin('')
  const { differences } = await recording.lists(
    '',
    file('same'),
    file('changed', { size: 1 }),
    file('new'),
  )
  await recording.finish()
  assert.equal(differences, 4)
  assert.deepEqual(recording.events(), {
    changed: 'MODIFY|CLOSE_WRITE',
    d: 'DELETE|ISDIR',
    gone: 'DELETE',
    new: 'CREATE',
  })
  assert.deepEqual(recording.paths(), ['changed', 'new', 'same'])
})

test('a second look at the same tree tells nothing', async (t) => {
  const recording = new Recording(t)
  const crawl = (writer: PacketWriter): void => {
    writeDirectory(writer, '', DirectoryFlag.hints, [directory('')])
    writeDirectory(writer, '', DirectoryFlag.whole, [directory('d'), file('f')])
    writeDirectory(writer, 'd', DirectoryFlag.whole, [file('x'), file('y')])
    writeDirectory(writer, 'd/empty', DirectoryFlag.vanished, [])
    writer.crawled(1, 2, 4)
  }
  await recording.begin('')
  const first = await recording.record(crawl)
  assert.deepEqual(first.crawled, { crawl: 1, directories: 2, entries: 4 })
  assert.equal(first.differences, 4)
  await recording.finish()
  await recording.deliverAll()
  await recording.begin('')
  const { events, differences, sightings } = await recording.record(crawl)
  assert.deepEqual({ events, differences, sightings }, { events: 0, differences: 0, sightings: 5 })
})

test('names that are there without being seen are not missing', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', file('unreadable'), file('went just now'))
  await recording.deliverAll()
  await recording.begin('')
  await recording.lists('', unknown('unreadable'), gone('went just now'))
  await recording.finish()
  assert.deepEqual(recording.events(), {})
  assert.deepEqual(recording.paths(), ['unreadable', 'went just now'])
})

test('rejected names are forgotten without a word', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d'), file('f'))
  await recording.hints('d', file('x'))
  await recording.deliverAll()
  await recording.begin('')
  await recording.lists('', rejected(directory('d')), rejected(file('f')))
  await recording.finish()
  assert.deepEqual(recording.events(), {})
  assert.deepEqual(recording.paths(), [])
})

for (const flag of ['unreadable', 'vanished'] as const) {
  test(`a directory that is ${flag} deletes nothing`, async (t) => {
    const recording = new Recording(t)
    await recording.hints('', directory('d'))
    await recording.hints('d', file('x'))
    await recording.deliverAll()
    await recording.begin('')
    await recording.record((writer) => {
      writeDirectory(writer, '', DirectoryFlag.whole, [directory('d')])
      writer.directory('d', DirectoryFlag[flag])
      writer.crawled(1, 2, 1)
    })
    await recording.finish()
    assert.deepEqual(recording.events(), {})
    assert.deepEqual(recording.paths(), ['d', 'd/x'])
  })
}

test('a listing ends where something else begins', async (t) => {
  const endings: readonly ((writer: PacketWriter) => void)[] = [
    (writer) => writer.renamed('from', 'to'),
    (writer) => writer.below('d', 'overflow'),
    (writer) => writer.crawled(1, 1, 1),
    (writer) => void writer.directory('d', DirectoryFlag.hints),
  ]
  for (const end of endings) {
    const recording = new Recording(t)
    await recording.hints('', directory('d'), file('gone'), directory('from'))
    await recording.deliverAll()
    await recording.begin('')
    await recording.record((writer) => {
      writeDirectory(writer, '', DirectoryFlag.whole, [directory('d'), directory('from')])
      end(writer)
    })
    await recording.finish()
    assert.equal(recording.events()['gone'], 'DELETE', end.toString())
  }
})

test('while all is silent before an instant, older names are recorded and not told', async (t) => {
  const recording = new Recording(t)
  await recording.begin('', { silentBefore: 5_000_000 })
  await recording.record((writer) => {
    writeDirectory(writer, '', DirectoryFlag.hints, [directory('', { ctime: 4_000 })])
    writeDirectory(writer, '', DirectoryFlag.whole, [
      file('old', { ctime: 4_000 }),
      file('young', { ctime: 6_000 }),
      file('in the same tick', { ctime: 4_999.99 }),
    ])
  })
  await recording.finish()
  assert.deepEqual(recording.events(), { 'in the same tick': 'CREATE', young: 'CREATE' })
  assert.deepEqual(recording.paths(), ['in the same tick', 'old', 'young'])
})

test('where all is to be told, equal names are, as new', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d'))
  await recording.hints('d', file('same'), file('other mode'), directory('sub'))
  await recording.deliverAll()
  await recording.begin('d', { tellAll: true })
  await recording.lists(
    'd',
    file('same'),
    file('other mode', { mode: 0o100600, ctime: 2_000 }),
    directory('sub'),
  )
  await recording.finish()
  assert.deepEqual(recording.events(), {
    'd/other mode': 'ATTRIB|CREATE',
    'd/same': 'CREATE',
    'd/sub': 'CREATE|ISDIR',
  })
})

const MANY = Array.from({ length: 30 }, (_, index) => file(`f${String(index).padStart(2, '0')}`))

/** A directory in parts, as the crawler tells of large ones. */
function parts(writer: PacketWriter, names: readonly (typeof MANY)[]): void {
  for (const [index, part] of names.entries()) {
    const { firstPart, part: nextPart, lastPart } = DirectoryFlag
    const isLast = index === names.length - 1
    const flag = index === 0 ? firstPart : isLast ? lastPart : nextPart
    writeDirectory(writer, 'd', flag, part)
  }
}

test('later parts without the first one say nothing of other names', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d'))
  await recording.hints('d', ...MANY)
  await recording.deliverAll()
  await recording.begin('')
  await recording.record((writer) => {
    writeDirectory(writer, 'd', DirectoryFlag.part, MANY.slice(10, 20))
    writeDirectory(writer, 'd', DirectoryFlag.lastPart, MANY.slice(20))
    writer.crawled(1, 2, 30)
  })
  assert.deepEqual(recording.events(), {})
})

test('parts may come in several packets, with other things between', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d'), directory('e'))
  await recording.hints('d', ...MANY)
  await recording.deliverAll()
  await recording.begin('')
  await recording.record((writer) => {
    writeDirectory(writer, 'd', DirectoryFlag.firstPart, MANY.slice(0, 10))
    writeDirectory(writer, 'e', DirectoryFlag.hints, [file('hinted', { mask: IN_CREATE })])
  })
  await recording.record((writer) => {
    writer.directory('e', DirectoryFlag.unreadable)
    writeDirectory(writer, 'd', DirectoryFlag.part, MANY.slice(12, 20))
  })
  await recording.record((writer) => {
    writeDirectory(writer, 'd', DirectoryFlag.lastPart, MANY.slice(20))
    writer.crawled(1, 3, 30)
  })
  await recording.finish()
  assert.deepEqual(recording.events(), {
    'd/f10': 'DELETE',
    'd/f11': 'DELETE',
    'e/hinted': 'CREATE',
  })
})

test('what comes between two parts is not missing', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d'), directory('elsewhere'))
  await recording.hints('d', ...MANY)
  await recording.begin('')
  await recording.record((writer) => writeDirectory(writer, 'd', DirectoryFlag.firstPart, MANY))
  await recording.hints('d', file('made meanwhile', { mask: IN_CREATE }), gone('f03', IN_DELETE))
  await recording.hints('d', file('looked at', { mask: IN_MODIFY }))
  await recording.record((writer) => writer.renamed('elsewhere', 'd/moved in'))
  await recording.deliverAll()
  await recording.record((writer) => writeDirectory(writer, 'd', DirectoryFlag.lastPart, []))
  await recording.finish()
  assert.deepEqual(recording.events(), {})
  for (const path of ['d/made meanwhile', 'd/looked at', 'd/moved in']) {
    assert.ok(recording.entries().has(path), path)
  }
})

test('the parts of a listing that was given up count for nothing', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d'))
  await recording.hints('d', ...MANY)
  await recording.deliverAll()
  await recording.begin('')
  await recording.record((writer) => writeDirectory(writer, 'd', DirectoryFlag.firstPart, MANY))
  await recording.begin('')
  await recording.record((writer) => parts(writer, [MANY.slice(0, 10), MANY.slice(10, 29)]))
  await recording.finish()
  assert.deepEqual(recording.events(), { 'd/f29': 'DELETE' })
})

test('parts that were rolled back leave nothing behind', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d'), directory('e'))
  await recording.hints('d', ...MANY)
  await recording.hints('e', ...MANY)
  await recording.deliverAll()
  await recording.begin('')
  await recording.record((writer) => writeDirectory(writer, 'd', DirectoryFlag.firstPart, MANY))
  const record = async (): Promise<unknown> =>
    recording.record((writer) => {
      writeDirectory(writer, 'd', DirectoryFlag.lastPart, [])
      writeDirectory(writer, 'e', DirectoryFlag.firstPart, MANY.slice(1, 20))
      writeDirectory(writer, '', DirectoryFlag.hints, [file('last', { mask: IN_CREATE })])
    })
  recording.reader.exec(`
    CREATE TRIGGER refuse BEFORE INSERT ON event WHEN NEW.path = 'last'
    BEGIN SELECT RAISE(ABORT, 'rolled back'); END`)
  await assert.rejects(record(), /rolled back/)
  recording.reader.exec('DROP TRIGGER refuse')
  await record()
  await recording.record((writer) => {
    writeDirectory(writer, 'e', DirectoryFlag.lastPart, MANY.slice(20))
    writer.crawled(1, 3, 59)
  })
  await recording.finish()
  assert.deepEqual(recording.events(), { 'e/f00': 'DELETE', last: 'CREATE' })
})

const ODD_NAMES = ['plain', 'caf\xc3\xa9', '\xff\xfe', 'line\nbreak', '\x7f', 'sp ace', '~']

test('names of any bytes agree with the catalogue, in its order and in any other', async (t) => {
  const recording = new Recording(t)
  const sorted = ODD_NAMES.toSorted()
  await recording.hints('', ...sorted.map((name) => file(name)))
  await recording.deliverAll()
  for (const names of [sorted, sorted.toReversed(), ODD_NAMES]) {
    await recording.begin('')
    const { differences } = await recording.lists('', ...names.map((name) => file(name)))
    await recording.finish()
    assert.equal(differences, 0)
  }
  await recording.begin('')
  await recording.lists('', ...sorted.slice(0, -1).map((name) => file(name)))
  await recording.finish()
  assert.deepEqual(recording.events(), { [sorted.at(-1) ?? '']: 'DELETE' })
})

test('a name is not taken for another one of the same file', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', file('a', { ino: 5 }), file('b', { ino: 5 }))
  await recording.deliverAll()
  await recording.begin('')
  await recording.lists('', file('b', { ino: 5 }))
  await recording.finish()
  assert.deepEqual(recording.events(), { a: 'DELETE' })
})

test('a directory that is named twice keeps what is in it', async (t) => {
  const recording = new Recording(t)
  await recording.hints('', directory('d'))
  await recording.hints('d', file('x'))
  await recording.deliverAll()
  await recording.begin('')
  await recording.lists('', directory('d'), directory('d', { mode: 0o040700 }))
  await recording.lists('d', file('x'))
  await recording.finish()
  assert.deepEqual(recording.events(), { d: 'ATTRIB|ISDIR' })
  await recording.hints('d', gone('x'))
  assert.equal(recording.events()['d/x'], 'DELETE')
})

const STAMP: readonly (keyof Sighting)[] = [
  ...(['mode', 'uid', 'gid', 'ino', 'size'] as const),
  ...(['mtimeSeconds', 'mtimeNanos', 'ctimeSeconds', 'ctimeNanos'] as const),
]

for (const field of STAMP) {
  test(`one name among many whose ${field} alone is another is told`, async (t) => {
    const recording = new Recording(t)
    const seen = (name: string, value: number): Sighting => ({ ...file(name), [field]: value })
    await recording.hints('', ...['a', 'b', 'c'].map((name) => seen(name, 0o100644)))
    await recording.deliverAll()
    await recording.begin('')
    const after = [seen('a', 0o100644), seen('b', 0o100755), seen('c', 0o100644)]
    await recording.lists('', ...after)
    await recording.finish()
    assert.deepEqual(Object.keys(recording.events()), ['b'])
    await recording.begin('')
    assert.equal((await recording.lists('', ...after)).differences, 0)
  })
}

const AWAY: readonly (readonly [string, Look, boolean])[] = [
  ['its ctime alone is another', { ctime: 2_000 }, true],
  ['its mtime was set', { ctime: 2_000, mtime: 1_500 }, false],
  ['names in it changed', { ctime: 2_000, mtime: 2_000 }, false],
  ['its mode changed', { ctime: 2_000, mode: 0o040700 }, false],
  ['it is the same', {}, false],
]

for (const [how, look, isTold] of AWAY) {
  test(`after a run that nobody watched, a directory is ${isTold ? '' : 'not '}told whole: ${how}`, async (t) => {
    const recording = new Recording(t)
    await recording.hints('', directory('d'))
    for (const unwatchedRun of [false, true]) {
      await recording.begin('', { unwatchedRun })
      const { owed } = await recording.lists('', directory('d', look))
      await recording.finish()
      assert.deepEqual(
        owed,
        isTold && unwatchedRun ? [{ path: 'd', reason: 'directory moved' }] : [],
      )
      await recording.hints('', directory('d'))
    }
  })
}
