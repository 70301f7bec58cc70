import { execFileSync } from 'node:child_process'

import { sleep } from '../clock.ts'
import { bootId } from './boot-id.ts'
import { procStat } from './proc-stat.ts'

interface ProcessFacts {
  readonly identity: string
  /** It ended, only its exit status has not been fetched. */
  readonly isZombie: boolean
}

/** Milliseconds between two looks at a process, at first and at most. */
const FIRST_POLL_MS = 200
const LONGEST_POLL_MS = 1_000

/**
 * Returns what tells a process from all others that have, had or will have its id: when it began,
 * and in which boot. Opaque; only ever compared. Undefined: there is no such process.
 */
export function identityOf(pid: number): string | undefined {
  return processFacts(pid)?.identity
}

/** Says whether this very process still runs, and not another one with its id. */
export function isRunning(pid: number, identity: string): boolean {
  const facts = processFacts(pid)
  return facts !== undefined && !facts.isZombie && facts.identity === identity
}

/** Resolves when this very process has ended; looks every 200 ms at first, then every second. */
export async function waitUntilEnded(pid: number, identity: string): Promise<void> {
  let pauseMs = FIRST_POLL_MS
  while (isRunning(pid, identity)) {
    await sleep(pauseMs)
    pauseMs = Math.min(pauseMs * 1.5, LONGEST_POLL_MS)
  }
}

/** Asks the kernel: `/proc` where there is one, `ps` elsewhere. */
function processFacts(pid: number): ProcessFacts | undefined {
  return process.platform === 'linux' ? factsFromProc(pid) : factsFromPs(pid)
}

function factsFromProc(pid: number): ProcessFacts | undefined {
  const stat = procStat(pid)
  if (stat === undefined) return undefined
  return {
    identity: `${BOOT_ID}/${stat.startTime}`,
    isZombie: stat.isZombie,
  }
}

/** Read once: it is asked for at every start of a script. */
const BOOT_ID = bootId() ?? ''

function factsFromPs(pid: number): ProcessFacts | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    const [state = '', ...started] = line.split(/\s+/)
    if (started.length === 0) return undefined
    return {
      identity: started.join(' '),
      isZombie: state.startsWith('Z'),
    }
  } catch {
    return undefined
  }
}
