/**
 * Bits of `linux/fanotify.h`. Those of events that are not here have the values that inotify gives
 * them (`model/mask.ts`); FAN_ONDIR is IN_ISDIR.
 */

/** Old and new place of a rename in one event, since Linux 5.17. */
export const FAN_RENAME = 0x10000000

export const FAN_CLOEXEC = 0x1
export const FAN_NONBLOCK = 0x2
export const FAN_UNLIMITED_QUEUE = 0x10
export const FAN_UNLIMITED_MARKS = 0x20
export const FAN_REPORT_FID = 0x200
export const FAN_REPORT_DIR_FID = 0x400
export const FAN_REPORT_NAME = 0x800
/** What a directory entry led to, since Linux 5.17. */
export const FAN_REPORT_TARGET_FID = 0x1000

export const FAN_MARK_ADD = 0x1
export const FAN_MARK_ONLYDIR = 0x8
export const FAN_MARK_FILESYSTEM = 0x100
