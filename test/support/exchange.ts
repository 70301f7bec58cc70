import koffi from 'koffi'

const AT_FDCWD = -100
const RENAME_EXCHANGE = 2

/** Swaps two names in one step, renameat2(2); Node has no function for it. */
export function exchange(one: string, other: string): void {
  const renameat2 = koffi
    .load(null)
    .func('int renameat2(int, const char *, int, const char *, unsigned int)')
  const failed = renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) !== 0
  if (failed) throw new Error(`cannot exchange ${one} and ${other}: ${koffi.errno()}`)
}
