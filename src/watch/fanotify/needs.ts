import { readFileSync } from 'node:fs'

import { ClsyncError, errnoName } from '../../errors.ts'
import { display } from '../../model/byte-path.ts'
import type { BytePath } from '../../model/glossary.ts'
import type { WatchProblem } from '../contract.ts'
import { systemError } from '../system-error.ts'
import { directoryProblem } from '../problem.ts'

/** Where it cannot work at all, inotify always can. */
const INSTEAD = 'use --inotify'
const INSTEAD_OF_MOUNT = `${INSTEAD}, or reject it by a rule`

/** Says what fanotify_init(2) misses. */
export function cannotInit(errno: number): ClsyncError {
  const name = errnoName(errno)
  switch (name) {
    case 'EPERM':
      return cannot('it needs CAP_SYS_ADMIN', `run clsync as root, or ${INSTEAD}`)
    case 'EINVAL':
      return cannot('it needs Linux 5.9 or newer', INSTEAD)
    case 'ENOSYS':
      return cannot('this kernel was built without it', INSTEAD)
    case 'EMFILE':
      return tooManyGroups()
    default:
      return cannot(name, INSTEAD)
  }
}

/** Says why the file system of the watch directory cannot be marked. */
export function cannotMark(errno: number): ClsyncError {
  const name = errnoName(errno)
  if (name === 'EPERM') {
    return cannot('it needs CAP_SYS_ADMIN outside of any user namespace', INSTEAD)
  }
  return cannot(`${whyNotMarked(errno)} (${name})`, INSTEAD)
}

/** Says why what is mounted below the watch directory cannot be marked. */
export function cannotMarkMount(at: BytePath, errno: number): ClsyncError {
  const why = `${whyNotMarked(errno)} (${errnoName(errno)})`
  return cannot(`what is mounted at ${display(at)} cannot be watched: ${why}`, INSTEAD_OF_MOUNT)
}

/** Says the same where the rest is watched. */
export function mountNotMarked(path: BytePath, errno: number): WatchProblem {
  return {
    path,
    errno: errnoName(errno),
    message: `cannot watch what is mounted at ${display(path)}: ${whyNotMarked(errno)}`,
    hint: INSTEAD_OF_MOUNT,
  }
}

/** Says why directories cannot be found by their handles. */
export function cannotResolve(errno: number): ClsyncError {
  const name = errnoName(errno)
  if (name === 'EPERM') {
    return cannot('it needs CAP_DAC_READ_SEARCH', `run clsync as root, or ${INSTEAD}`)
  }
  return cannot(`the file system cannot open directories by handles (${name})`, INSTEAD)
}

/** Says that directories on a mount cannot be found by their handles any more. */
export function cannotFind(mount: BytePath, errno: number): WatchProblem {
  const name = errnoName(errno)
  const problem = directoryProblem(mount, systemError(name, 'find a directory in', mount))
  if (name !== 'EPERM') return problem
  const message = `cannot find directories in ${display(mount)}: CAP_DAC_READ_SEARCH was taken away`
  return { ...problem, message, hint: `run clsync as root, or ${INSTEAD}` }
}

/** Says in words why fanotify_mark(2) refused a file system. */
function whyNotMarked(errno: number): string {
  switch (errnoName(errno)) {
    case 'ENOTSUP':
      return 'the file system has no file handles'
    case 'ENODEV':
      return 'the file system has no identity (fsid)'
    case 'EXDEV':
      return 'it is a subvolume with an identity of its own'
    default:
      return 'the file system cannot be marked'
  }
}

function tooManyGroups(): ClsyncError {
  const limit = readFileSync('/proc/sys/fs/fanotify/max_user_groups', 'utf8').trim()
  const enough = 2 * Number(limit)
  return cannot(
    'this user has too many groups (EMFILE)',
    `raise the limit: sysctl fs.fanotify.max_user_groups=${enough} (now ${limit}), or ${INSTEAD}`,
  )
}

function cannot(why: string, hint: string): ClsyncError {
  return new ClsyncError('engine', `cannot use fanotify: ${why}`, { hint })
}
