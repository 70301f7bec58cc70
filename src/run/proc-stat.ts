import { readdirSync, readFileSync } from 'node:fs'

/** A process as `/proc/PID/stat` has it; see proc_pid_stat(5). */
export interface ProcStat {
  readonly pid: number
  /** It ended, only nobody has fetched its exit status. */
  readonly isZombie: boolean
  /** Process group. */
  readonly group: number
  readonly session: number
  /** Clock ticks after boot. */
  readonly startTime: string
}

/** Returns what the kernel says of a process, undefined if there is none, or no `/proc`. */
export function procStat(pid: number): ProcStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the name in parentheses, which may hold spaces and parentheses; the
    // third, the state, is the first of these.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return {
      pid,
      isZombie: fields[0] === 'Z' || fields[0] === 'X',
      group: Number(fields[2]),
      session: Number(fields[3]),
      startTime: fields[19] ?? '',
    }
  } catch {
    return undefined
  }
}

/** Says whether there is a `/proc` to ask. */
export function hasProc(): boolean {
  return procStat(process.pid) !== undefined
}

/** Lists all processes that we may see. */
export function* allProcesses(): Generator<ProcStat> {
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? procStat(Number(name)) : undefined
    if (stat !== undefined) yield stat
  }
}
