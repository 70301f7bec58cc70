import {
  FAN_RENAME,
  FAN_REPORT_NAME,
  FAN_REPORT_TARGET_FID,
  FAN_UNLIMITED_QUEUE,
} from '../../../dist/watch/fanotify/fan-bits.js'
import { type KernelCalls, openKernelCalls } from '../../../dist/watch/fanotify/kernel-calls.js'

/** No kernel knows this: it says EINVAL, as older ones do to what came after them. */
const UNKNOWN = 0x80000000

/** A kernel before Linux 5.17: a rename is two events, and no event says what a name led to. */
export function kernelBeforeRenames(): KernelCalls {
  const calls = openKernelCalls()
  return {
    ...calls,
    fanotifyInit: (flags, eventFlags) =>
      calls.fanotifyInit(refusing(FAN_REPORT_TARGET_FID, flags), eventFlags),
    fanotifyMark: (group, flags, ...where) => {
      const [mask] = where
      return calls.fanotifyMark(group, (mask & FAN_RENAME) === 0 ? flags : UNKNOWN, ...where)
    },
  }
}

/** A kernel before Linux 5.9: no event has a name. */
export function kernelBeforeNames(): KernelCalls {
  const calls = openKernelCalls()
  return {
    ...calls,
    fanotifyInit: (flags, eventFlags) =>
      calls.fanotifyInit(refusing(FAN_REPORT_NAME, flags), eventFlags),
  }
}

/** A kernel that keeps no more events than `fs.fanotify.max_queued_events`. */
export function kernelWithLimitedQueue(): KernelCalls {
  const calls = openKernelCalls()
  return {
    ...calls,
    fanotifyInit: (flags, eventFlags) =>
      calls.fanotifyInit(flags & ~FAN_UNLIMITED_QUEUE, eventFlags),
  }
}

function refusing(unknown: number, flags: number): number {
  return (flags & unknown) === 0 ? flags : UNKNOWN
}
