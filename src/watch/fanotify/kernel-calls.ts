import { ClsyncError, describe } from '../../errors.ts'
import type { Address } from '../linux/native-memory.ts'
import { openLibrary } from '../linux/libc.ts'

/** Functions of the C library that only this engine uses; see `Libc` for how they are called. */
export interface KernelCalls {
  readonly fanotifyInit: (flags: number, eventFlags: number) => number
  /** `path` 0 means what `directory` is. */
  readonly fanotifyMark: (
    group: number,
    flags: number,
    mask: number,
    directory: number,
    path: Address,
  ) => number
  readonly nameToHandleAt: (
    directory: number,
    path: Address,
    handle: Address,
    mountId: Address,
    flags: number,
  ) => number
  readonly openByHandleAt: (mount: number, handle: Address, flags: number) => number
  readonly readlink: (path: Address, into: Address, size: number) => number
}

const SIGNATURES: Readonly<Record<keyof KernelCalls, string>> = {
  fanotifyInit: 'int fanotify_init(unsigned int, unsigned int)',
  fanotifyMark: 'int fanotify_mark(int, unsigned int, uint64_t, int, uintptr_t)',
  nameToHandleAt: 'int name_to_handle_at(int, uintptr_t, uintptr_t, uintptr_t, int)',
  openByHandleAt: 'int open_by_handle_at(int, uintptr_t, int)',
  readlink: 'intptr_t readlink(uintptr_t, uintptr_t, size_t)',
}

/** Finds the functions in the libc of this process. Throws ClsyncError `engine`. */
export function openKernelCalls(): KernelCalls {
  const { library } = openLibrary()
  try {
    const found = Object.entries(SIGNATURES).map(([name, text]) => [name, library.func(text)])
    return Object.fromEntries(found)
  } catch (error) {
    throw new ClsyncError('engine', `this C library has no fanotify: ${describe(error)}`, {
      hint: 'use --inotify',
      cause: error,
    })
  }
}
