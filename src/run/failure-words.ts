import { existsSync } from 'node:fs'

import { ClsyncError, describe, errnoOf } from '../errors.ts'
import { display, fromBytes } from '../model/byte-path.ts'
import { firstLineOf, isExecutable } from './script-file.ts'

/** What went wrong, and what to do about it; one line each. */
export interface FailureWords {
  readonly why: string
  readonly hint: string | undefined
}

/** Words of an error that was put into words before; throws every other one, a bug of ours. */
export function wordsOf(error: unknown): FailureWords {
  if (!(error instanceof ClsyncError)) throw error
  return { why: error.message, hint: error.hint }
}

/** Words for a script that could not be started. */
export function spawnFailure(script: string, error: unknown): FailureWords {
  const errno = errnoOf(error)
  switch (errno) {
    case 'ENOENT':
    case 'ENOTDIR':
      return notFound(script, errno)
    case 'EACCES':
    case 'EPERM':
      return notPermitted(script, errno)
    case 'ENOEXEC':
      return {
        why: `script ${script} is neither a program of this machine nor begins with #! (ENOEXEC)`,
        hint: 'make its first line #!/bin/sh, or what else is to run it',
      }
    case 'ETXTBSY':
      return {
        why: `script ${script} is being written (ETXTBSY)`,
        hint: 'write a new file and rename it over the script instead',
      }
    case 'E2BIG':
      return {
        why: `the arguments or the environment are too long for script ${script} (E2BIG)`,
        hint: 'an argument may have 128 KiB; use --outlistsdir, or a smaller environment',
      }
    case 'EMFILE':
    case 'ENFILE':
      return {
        why: `too many open files to start script ${script} (${errno})`,
        hint: 'raise `ulimit -n` (systemd: LimitNOFILE=), or lower --jobs',
      }
    case 'EAGAIN':
    case 'ENOMEM':
      return {
        why: `no process or memory left to start script ${script} (${errno})`,
        hint: 'see `ulimit -u`, pids.max and memory.max of the control group; or lower --jobs',
      }
    default:
      return { why: `cannot start script ${script}: ${oneLine(describe(error))}`, hint: undefined }
  }
}

/** Words for a script that is there but empty: a shell would run it and exit 0. */
export function emptyScript(script: string): FailureWords {
  return {
    why: `script ${script} is empty`,
    hint: 'is it being edited? Nothing is taken as done until it has content',
  }
}

/** Words for a file of ours that could not be made or read: `cannot VERB PATH: …`. */
export function fileFailure(verb: string, path: string, error: unknown): FailureWords {
  const errno = errnoOf(error)
  return {
    why: `cannot ${verb} ${path}: ${errno ?? oneLine(describe(error))}`,
    hint: fileHint(errno),
  }
}

function fileHint(errno: string | undefined): string | undefined {
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'no space (or inodes, or quota) left there; the events wait until there is'
    case 'ENOENT':
    case 'ENOTDIR':
      return 'the directory is gone; make it again'
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'the daemon must be able to write there'
    case 'EMFILE':
    case 'ENFILE':
      return 'raise `ulimit -n` (systemd: LimitNOFILE=), or lower --jobs'
    default:
      return undefined
  }
}

function notFound(script: string, errno: string): FailureWords {
  if (!existsSync(script)) {
    return {
      why: `script ${script} does not exist (${errno})`,
      hint: 'put it back; the events wait',
    }
  }
  if (!canReadWorkingDirectory()) {
    return {
      why: `the working directory of the daemon is gone (${errno})`,
      hint: 'restart clsync in a directory that stays',
    }
  }
  return {
    why: `the interpreter of script ${script} does not exist (${errno})`,
    // Control characters visible: it may end in an invisible carriage return.
    hint: `its first line is "${display(fromBytes(firstLineOf(script)))}"`,
  }
}

function notPermitted(script: string, errno: string): FailureWords {
  if (!isExecutable(script)) {
    return { why: `script ${script} is not executable (${errno})`, hint: `chmod +x ${script}` }
  }
  return {
    why: `not permitted to start script ${script} (${errno})`,
    hint: 'is it a directory, its file system mounted noexec, or its interpreter not executable?',
  }
}

function canReadWorkingDirectory(): boolean {
  try {
    process.cwd()
    return true
  } catch {
    return false
  }
}

function oneLine(text: string): string {
  return text.split('\n', 1)[0] ?? text
}
