import assert from 'node:assert/strict'
import { closeSync, linkSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import koffi from 'koffi'

import { LISTED, LivePlace } from '../support/live-place.ts'

const PROT_READ = 1
const PROT_WRITE = 2
const MAP_SHARED = 1
const LETTER_Y = 0x79

test(
  'An audit finds what no kernel reports, and counts it as such',
  {
    skip: process.platform !== 'linux' && 'only of Linux is it known what it does not report',
  },
  async (t) => {
    const place = new LivePlace(t)
    for (const name of ['linked', 'd/mapped', 'd/same']) place.tree.write(name, 'x'.repeat(100))
    const outside = join(place.directory, 'outside')
    linkSync(place.tree.at('linked'), outside)
    const mapped = new Mapping(place.tree.at('d/mapped').toString(), 100)
    t.after(() => mapped.close())
    const daemon = await place.startAndForget(LISTED)

    writeFileSync(outside, 'longer than before'.repeat(10))
    mapped.fill(LETTER_Y)
    assert.equal(place.tree.read('d/mapped'), 'y'.repeat(100))
    place.tree.write('reported', 'x')
    await place.tells('reported')
    await place.settled()
    assert.deepEqual([...place.told().keys()], ['reported'])

    daemon.signal('SIGUSR1')
    const { differences, message } = await daemon.says('reconcile:finished', isAudit)
    assert.equal(differences, 2)
    assert.match(message, /\(audit\): 2 differences among 5 entries/)
    await place.settled()
    assert.deepEqual([...place.told().keys()].toSorted(), ['d/mapped', 'linked', 'reported'])

    const before = daemon.lines.length
    daemon.signal('SIGUSR1')
    assert.equal((await daemon.says('reconcile:finished', isAudit, before))['differences'], 0)
  },
)

function isAudit({ reason }: { readonly [field: string]: unknown }): boolean {
  return reason === 'audit'
}

/** A file in memory. The kernel says that it was written when the mapping goes, and not before. */
class Mapping {
  readonly #libc = koffi.load(null)
  readonly #address: unknown
  readonly #size: number

  constructor(path: string, size: number) {
    const fd = openSync(path, 'r+')
    const mmap = this.#libc.func('void *mmap(void *, size_t, int, int, int, long)')
    this.#address = mmap(null, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
    this.#size = size
    closeSync(fd)
  }

  fill(byte: number): void {
    this.#libc.func('void *memset(void *, int, size_t)')(this.#address, byte, this.#size)
  }

  close(): void {
    this.#libc.func('int munmap(void *, size_t)')(this.#address, this.#size)
  }
}
