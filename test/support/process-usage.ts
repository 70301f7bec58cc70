import { readdirSync, readFileSync } from 'node:fs'

/** Bytes of memory that a process uses, and the most there ever were. */
export function memoryOf(pid: number): { readonly rss: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const bytes = (name: string): number =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) * 1_024
  return { rss: bytes('VmRSS'), peak: bytes('VmHWM') }
}

/** Number of file descriptors that a process has open. */
export function handlesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
