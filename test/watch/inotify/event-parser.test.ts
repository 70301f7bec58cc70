import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { EventParser } from '../../../dist/watch/inotify/event-parser.js'
import { allocate } from '../../../dist/watch/linux/native-memory.js'

interface Event {
  readonly watch: number
  readonly mask: number
  readonly cookie: number
  readonly name: string
}

const MODIFY = 0x2
const CLOSE_WRITE = 0x8
const MOVED_FROM = 0x40
const CREATE = 0x100
const ISDIR = 0x40000000

const anyEvent: fc.Arbitrary<Event> = fc.record(
  {
    watch: fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: -1, max: 0x7fffffff })),
    mask: fc.oneof(
      fc.constantFrom(CREATE, MODIFY, CLOSE_WRITE, CREATE | ISDIR, MOVED_FROM),
      fc.integer({ min: 0, max: 0xffffffff }),
    ),
    cookie: fc.integer({ min: 0, max: 0xffffffff }),
    name: fc.oneof(
      fc.constantFrom('', 'a', 'b', 'a'.repeat(255)),
      fc
        .uint8Array({ min: 1, maxLength: 255 })
        .map((bytes) => Buffer.from(bytes).toString('latin1')),
    ),
  },
  { noNullPrototype: true },
)

test('events come back as they were written; plain ones about one name as one', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
      assert.deepEqual(parse(events), gathered(events))
    }),
  )
})

test('making, writing and closing a file is one event, a directory is never gathered', () => {
  const one = { watch: 1, cookie: 0, name: 'file' }
  const other = { watch: 2, cookie: 0, name: 'file' }
  const events = [
    { ...one, mask: CREATE },
    { ...one, mask: MODIFY },
    { ...one, mask: CLOSE_WRITE },
    { ...other, mask: MODIFY },
    { ...one, mask: CREATE | ISDIR },
    { ...one, mask: CREATE | ISDIR },
  ]
  assert.deepEqual(
    parse(events).map(({ mask }) => mask),
    [CREATE | MODIFY | CLOSE_WRITE, MODIFY, CREATE | ISDIR, CREATE | ISDIR],
  )
})

function parse(events: readonly Event[]): Event[] {
  const bytes = Buffer.concat(events.map(write))
  const memory = allocate(bytes.length, () => 0n)
  bytes.copy(memory.bytes)
  const parser = new EventParser(memory)
  parser.begin(bytes.length)
  const parsed: Event[] = []
  while (parser.step()) {
    const { watch, mask, cookie } = parser
    parsed.push({ watch, mask, cookie, name: parser.name() })
  }
  return parsed
}

/** As the kernel does: names padded to a multiple of the header's size. */
function write({ watch, mask, cookie, name }: Event): Buffer {
  const length = name === '' ? 0 : Math.ceil((name.length + 1) / 16) * 16
  const bytes = Buffer.alloc(16 + length)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
  view.setInt32(0, watch, littleEndian)
  view.setUint32(4, mask, littleEndian)
  view.setUint32(8, cookie, littleEndian)
  view.setUint32(12, length, littleEndian)
  bytes.write(name, 16, 'latin1')
  return bytes
}

function gathered(events: readonly Event[]): Event[] {
  const result: Event[] = []
  for (const event of events) {
    const last = result.at(-1)
    if (last !== undefined && isSame(last, event)) {
      result[result.length - 1] = { ...last, mask: (last.mask | event.mask) >>> 0 }
    } else {
      result.push(event)
    }
  }
  return result
}

function isSame(last: Event, event: Event): boolean {
  const plain = 0x2 | 0x4 | 0x8 | 0x100 | 0x200
  if (((last.mask | event.mask) & ~plain) !== 0) return false
  return last.name !== '' && last.name === event.name && last.watch === event.watch
}
