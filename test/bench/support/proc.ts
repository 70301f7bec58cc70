import { readdirSync, readFileSync } from 'node:fs'

/** Linux on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100

/** Peak resident memory of a process since it began, bytes. */
export function peakRss(pid: number): number {
  return statusField(`/proc/${pid}/status`, 'VmHWM') * 1024
}

/** Resident memory of a process now, bytes. */
export function rss(pid: number): number {
  return statusField(`/proc/${pid}/status`, 'VmRSS') * 1024
}

/**
 * CPU time of a process, user and system, milliseconds: all of its threads, those that ended too.
 * Not its children: an action script costs the same whoever starts it. In steps of 10 ms.
 */
export function cpuMs(pid: number): number {
  const fields = statFields(pid)
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND
}

/**
 * CPU time of the threads that a process has now, milliseconds, to the nanosecond: for what is too
 * little for {@link cpuMs}.
 */
export function threadsCpuMs(pid: number): number {
  let nanos = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanos += Number(readText(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0])
  }
  return nanos / 1e6
}

/** How often its threads began to wait, which is how often they were woken. */
export function wakeUps(pid: number): number {
  let count = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    count += statusField(`/proc/${pid}/task/${task}/status`, 'voluntary_ctxt_switches')
  }
  return count
}

/** Whether all threads of a process wait for something. */
export function isAsleep(pid: number): boolean {
  return statFields(pid)[0] === 'S'
}

/** Directories and files that a process watches through inotify. */
export function inotifyWatches(pid: number): number {
  let count = 0
  for (const descriptor of readdirSync(`/proc/${pid}/fdinfo`)) {
    count += readText(`/proc/${pid}/fdinfo/${descriptor}`).split('inotify wd:').length - 1
  }
  return count
}

/** The fields of `/proc/<pid>/stat` after the name, which may hold anything. */
function statFields(pid: number): readonly string[] {
  const stat = readText(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function statusField(file: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readText(file))
  return match === null ? 0 : Number(match[1])
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
