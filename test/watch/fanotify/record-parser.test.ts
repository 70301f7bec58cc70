import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { RecordParser } from '../../../dist/watch/fanotify/record-parser.js'
import type { HandleRecord } from '../../../dist/watch/fanotify/record-parser.js'
import { allocate } from '../../../dist/watch/linux/native-memory.js'

interface InfoRecord {
  readonly type: number
  readonly fsid: string
  readonly handleType: number
  readonly handle: string
  readonly name: string
}

interface Event {
  readonly mask: number
  readonly records: readonly InfoRecord[]
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
const [FID, DFID_NAME, PIDFD, OLD_NAME, NEW_NAME] = [1, 2, 4, 10, 12]

const byteString = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ min: 1, minLength, maxLength })
    .map((bytes) => Buffer.from(bytes).toString('latin1'))

const anyRecord = (type: number): fc.Arbitrary<InfoRecord> =>
  fc.record(
    {
      type: fc.constant(type),
      fsid: byteString(8, 8),
      handleType: fc.integer(),
      handle: byteString(0, 128),
      name: type === FID ? fc.constant('') : byteString(1, 255),
    },
    { noNullPrototype: true },
  )

const anyRecords = fc.oneof(
  fc.constant([]),
  fc.tuple(anyRecord(DFID_NAME)),
  fc.tuple(anyRecord(DFID_NAME), anyRecord(FID)),
  fc.tuple(anyRecord(OLD_NAME), anyRecord(NEW_NAME), anyRecord(FID)),
)
const anyEvent: fc.Arbitrary<Event> = fc.record(
  { mask: fc.integer({ min: 0, max: 0xffffffff }), records: anyRecords },
  { noNullPrototype: true },
)

test('events come back as they were written', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 20 }), (events) => {
      assert.deepEqual(parse(Buffer.concat(events.map(write))), events.map(expected))
    }),
  )
})

test('records that nobody asked for are skipped', () => {
  const handle = { fsid: '12345678', handleType: 1, handle: 'abcdefgh' }
  const place = { ...handle, type: DFID_NAME, name: 'file' }
  const event = { mask: 0x100, records: [{ ...handle, type: PIDFD, name: '' }, place] }
  assert.deepEqual(parse(write(event)), [expected({ mask: 0x100, records: [place] })])
})

test('what was cut off is not read', () => {
  const whole = write({ mask: 0x4000, records: [] })
  assert.deepEqual(parse(whole.subarray(0, 20)), [])
  assert.deepEqual(parse(Buffer.concat([whole, whole.subarray(0, 8)])).length, 1)
})

interface Parsed {
  readonly mask: number
  readonly place: readonly string[] | undefined
  readonly newPlace: readonly string[] | undefined
  readonly child: readonly string[] | undefined
}

function parse(bytes: Buffer): Parsed[] {
  const memory = allocate(bytes.length, () => 0n)
  bytes.copy(memory.bytes)
  const parser = new RecordParser(memory)
  parser.begin(bytes.length)
  const read = (record: HandleRecord): readonly string[] | undefined =>
    record.isThere ? [parser.key(record), parser.name(record)] : undefined
  const parsed: Parsed[] = []
  while (parser.step()) {
    const { mask, place, newPlace, child } = parser
    parsed.push({ mask, place: read(place), newPlace: read(newPlace), child: read(child) })
  }
  return parsed
}

function expected({ mask, records }: Event): Parsed {
  const find = (...types: readonly number[]): readonly string[] | undefined => {
    const record = records.find(({ type }) => types.includes(type))
    return record === undefined ? undefined : [keyOf(record).toString('latin1'), record.name]
  }
  return { mask, place: find(DFID_NAME, OLD_NAME), newPlace: find(NEW_NAME), child: find(FID) }
}

function write({ mask, records }: Event): Buffer {
  const body = Buffer.concat(records.map(writeRecord))
  const header = Buffer.alloc(24)
  const view = new DataView(header.buffer, header.byteOffset)
  view.setUint32(0, 24 + body.length, littleEndian)
  view.setUint8(4, 3)
  view.setUint16(6, 24, littleEndian)
  view.setBigUint64(8, BigInt(mask), littleEndian)
  view.setInt32(16, -1, littleEndian)
  return Buffer.concat([header, body])
}

/** As the kernel does: padded to a multiple of four. */
function writeRecord(record: InfoRecord): Buffer {
  const { type, name } = record
  const body = Buffer.concat([keyOf(record), Buffer.from(name === '' ? '' : `${name}\0`, 'latin1')])
  const bytes = Buffer.alloc(Math.ceil((4 + body.length) / 4) * 4)
  bytes.writeUInt8(type, 0)
  new DataView(bytes.buffer, bytes.byteOffset).setUint16(2, bytes.length, littleEndian)
  body.copy(bytes, 4)
  return bytes
}

function keyOf({ fsid, handleType, handle }: InfoRecord): Buffer {
  const header = Buffer.alloc(8)
  const view = new DataView(header.buffer, header.byteOffset)
  view.setUint32(0, handle.length, littleEndian)
  view.setInt32(4, handleType, littleEndian)
  return Buffer.concat([Buffer.from(fsid, 'latin1'), header, Buffer.from(handle, 'latin1')])
}
