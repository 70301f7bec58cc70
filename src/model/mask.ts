/**
 * Event bits of `linux/inotify.h` (inotify(7)). Masks are stored, handed to scripts in decimal, and
 * shown by name.
 */
export const IN_ACCESS = 0x1
export const IN_MODIFY = 0x2
export const IN_ATTRIB = 0x4
export const IN_CLOSE_WRITE = 0x8
export const IN_CLOSE_NOWRITE = 0x10
export const IN_OPEN = 0x20
export const IN_MOVED_FROM = 0x40
export const IN_MOVED_TO = 0x80
export const IN_CREATE = 0x100
export const IN_DELETE = 0x200
export const IN_DELETE_SELF = 0x400
export const IN_MOVE_SELF = 0x800
export const IN_UNMOUNT = 0x2000
export const IN_Q_OVERFLOW = 0x4000
export const IN_IGNORED = 0x8000
export const IN_ISDIR = 0x40000000

/** Bit and name, in the order of the header file; the view `pending` shows the same names. */
export const MASK_NAMES: ReadonlyArray<readonly [number, string]> = [
  [IN_ACCESS, 'ACCESS'],
  [IN_MODIFY, 'MODIFY'],
  [IN_ATTRIB, 'ATTRIB'],
  [IN_CLOSE_WRITE, 'CLOSE_WRITE'],
  [IN_CLOSE_NOWRITE, 'CLOSE_NOWRITE'],
  [IN_OPEN, 'OPEN'],
  [IN_MOVED_FROM, 'MOVED_FROM'],
  [IN_MOVED_TO, 'MOVED_TO'],
  [IN_CREATE, 'CREATE'],
  [IN_DELETE, 'DELETE'],
  [IN_DELETE_SELF, 'DELETE_SELF'],
  [IN_MOVE_SELF, 'MOVE_SELF'],
  [IN_UNMOUNT, 'UNMOUNT'],
  [IN_Q_OVERFLOW, 'Q_OVERFLOW'],
  [IN_IGNORED, 'IGNORED'],
  [IN_ISDIR, 'ISDIR'],
]

/** Returns the names of a mask's bits, `CREATE|ISDIR`. */
export function maskNames(mask: number): string {
  return MASK_NAMES.filter(([bit]) => (mask & bit) !== 0)
    .map(([, name]) => name)
    .join('|')
}
