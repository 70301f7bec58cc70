import { readFileSync } from 'node:fs'

import { allProcesses } from '../../dist/run/proc-stat.js'
import { eventually } from './eventually.ts'

/** Variables of scripts with which none of them comes from a shell that stands by. */
export const NO_STANDBY = { IFS: ' \t\n' }

/** Resolves with the shell that waits for a process to tell it what to become. */
export async function waitingShell(parent: number = process.pid): Promise<number> {
  await eventually(
    () => waitingShells(parent).length === 1,
    () => `not one shell waits but ${waitingShells(parent).length}`,
  )
  return waitingShells(parent)[0] ?? 0
}

/** Shells that wait for a process to tell them what to become. */
export function waitingShells(parent: number): readonly number[] {
  return [...allProcesses()]
    .filter(({ pid, isZombie }) => !isZombie && parentOf(pid) === parent && isWaitingShell(pid))
    .map(({ pid }) => pid)
}

/** Says whether a process waits to become something else. */
export function isWaitingShell(pid: number): boolean {
  return read(`/proc/${pid}/cmdline`) === '/bin/sh\0-s\0'
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1])
}

/** A process that is gone has nothing to read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
