/**
 * `npm run soak -- [--minutes N] [--seed S]`: a daemon at work for N minutes, and others that are
 * killed beside it. Prints what it uses minute by minute; fails when that grows, or anything is lost.
 */
import { readFileSync } from 'node:fs'

import { inScratch } from './bench/support/scratch.ts'
import { sizesFrom } from './bench/support/sizes.ts'
import { soak } from './support/soak.ts'

const { sizes } = sizesFrom({ minutes: 60, seed: 1 + (Date.now() % 1_000_000) })
console.log(`seed ${sizes.seed}`)
await inScratch(async ({ directory, onEnd }) => {
  onEnd(endChildren)
  await soak({ ...sizes, directory, say: console.log })
})
console.log(`${sizes.minutes} minutes: nothing grew, nothing was forgotten`)

/** Daemons of a soak that was interrupted. */
function endChildren(): void {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1')
  for (const pid of children.split(' ')) if (pid !== '') process.kill(Number(pid), 'SIGKILL')
}
