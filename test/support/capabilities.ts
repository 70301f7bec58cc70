import koffi from 'koffi'

/** `linux/capability.h`. */
export const CAP_DAC_READ_SEARCH = 2

const VERSION = 0x20080522
const HEADER_BYTES = 8
/** Effective, permitted and inheritable ones, twice 32 bits each. */
const SETS_BYTES = 24
/** Where the upper 32 of the effective ones are. */
const UPPER = 12

/** Calls back with no other capabilities than these, below 32; those of other threads stay. */
export function withCapabilities<Result>(
  capabilities: readonly number[],
  callback: () => Result,
): Result {
  const libc = koffi.load(null)
  const capget = libc.func('int capget(void *, void *)')
  const capset = libc.func('int capset(void *, void *)')
  const header = Buffer.alloc(HEADER_BYTES)
  new Uint32Array(header.buffer, header.byteOffset, 1)[0] = VERSION
  const before = Buffer.alloc(SETS_BYTES)
  check(capget(header, before))
  const fewer = Buffer.from(before)
  fewer.fill(0, 0, 4).fill(0, UPPER, UPPER + 4)
  for (const each of capabilities) fewer[each >> 3] = (fewer[each >> 3] ?? 0) | (1 << (each & 7))
  check(capset(header, fewer))
  try {
    return callback()
  } finally {
    check(capset(header, before))
  }
}

function check(result: number): void {
  if (result !== 0) throw new Error(`capabilities cannot be changed: ${koffi.errno()}`)
}
