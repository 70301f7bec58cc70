import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 5
const DEADLINE_MS = 60_000

/** Resolves when the condition holds; fails with what `describe` says when it never does. */
export async function eventually(
  condition: () => boolean,
  describe: () => string,
  deadlineMs: number = DEADLINE_MS,
): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain: ${describe()}`)
    await delay(POLL_MS)
  }
}
