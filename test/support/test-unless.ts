import { test } from 'node:test'

/** Why what needs Linux cannot be tested here. */
export const notOnLinux: string | undefined =
  process.platform === 'linux' ? undefined : 'not on Linux'

/**
 * Declares tests that this machine may not be able to run. Where it is not, they are one test of
 * that title, skipped with the reason: a file without tests counts as a test that passed.
 *
 * @param why they cannot be run; undefined when they can
 */
export function testUnless(why: string | undefined, title: string, declare: () => void): void {
  if (why === undefined) declare()
  else test(title, { skip: why }, () => undefined)
}
