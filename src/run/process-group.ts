import { errnoOf } from '../errors.ts'
import { allProcesses, hasProc } from './proc-stat.ts'

/**
 * Sends a signal to a process group; says whether there is one. `leader` is the id of the process
 * that founded it; the kernel gives that id to nobody else while the group has a member.
 */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal)
  } catch (error) {
    // EPERM: members there are, but they run as somebody else.
    return errnoOf(error) === 'EPERM'
  }
}

/**
 * Says whether a member of the process group is still at work. Zombies are not: in a container
 * whose first process fetches no exit statuses they would stay for ever.
 */
export function isGroupAtWork(leader: number): boolean {
  if (!signalGroup(leader, 0)) return false
  if (!hasProc()) return true
  for (const { group, isZombie } of allProcesses()) {
    if (group === leader && !isZombie) return true
  }
  return false
}
