import type { DaemonRecord } from '../queue/daemon-row.ts'
import type { Queue } from '../queue/queue.ts'
import { bootId } from '../run/boot-id.ts'

/**
 * Records the boot of the machine. When this is another one, the machine went down since the daemon
 * before, perhaps by a power cut seconds after it stopped in order: a file system may then have kept
 * size and times of what was written last, and lost its content, which no comparison sees. So that is
 * doubted. Returns the number of files; called in a transaction.
 */
export function noteBoot(queue: Queue, before: DaemonRecord | undefined, now: number): number {
  const boot = bootId()
  queue.daemon.setBootId(boot)
  if (before === undefined || before.bootId === boot) return 0
  return queue.doubtLastWrites(now)
}
