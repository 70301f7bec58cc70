import type Koffi from 'koffi'

import { keepLoaded, loadKoffi } from './koffi.ts'
import { type Address, allocate, type NativeMemory } from './native-memory.ts'
import { type SyscallNumbers, syscallNumbers } from './syscall-numbers.ts'

/**
 * The C library's functions, called through koffi. Each returns what C returns: −1 on failure, then
 * {@link Libc.errno} says why. Memory is passed by address, because that is a plain number: nothing
 * is allocated or copied for a call.
 */
export interface Libc {
  readonly openat: (directory: number, path: Address, flags: number) => number
  /** openat2(2); −1 with ENOSYS or EPERM where kernel or sandbox does not have it. */
  readonly openat2: (directory: number, path: Address, how: Address, size: number) => number
  readonly close: (fd: number) => number
  readonly read: (fd: number, into: Address, length: number) => number
  readonly getdents64: (fd: number, into: Address, length: number) => number
  readonly statx: (
    directory: number,
    path: Address,
    flags: number,
    mask: number,
    into: Address,
  ) => number
  readonly fstatfs: (fd: number, into: Address) => number
  readonly fchdir: (fd: number) => number
  readonly unshare: (flags: number) => number
  readonly inotifyInit: (flags: number) => number
  readonly inotifyAddWatch: (fd: number, path: Address, mask: number) => number
  readonly inotifyRemoveWatch: (fd: number, wd: number) => number
  readonly errno: () => number
  readonly allocate: (size: number) => NativeMemory
  /** Watches a file descriptor in the event loop of this thread. */
  readonly poll: (fd: number, onReadable: () => void) => Poll
}

/**
 * A file descriptor in libuv's epoll. Not poll(2) in a thread of koffi's: one that is under way keeps
 * the process from ending, and costs two thread switches a wake-up.
 */
export interface Poll {
  /** Calls back again and again while the descriptor can be read, until stopped. */
  start(): void
  stop(): void
  close(): void
}

/** `AT_FDCWD` of `fcntl.h`. */
export const AT_FDCWD = -100

type Library = ReturnType<typeof Koffi.load>

/** Finds the functions in the libc of this process. Throws ClsyncError `engine`. */
export function openLibc(): Libc {
  const { koffi, library } = openLibrary()
  const numbers = syscallNumbers(process.arch)
  const functions = {
    openat: library.func('int openat(int, uintptr_t, int)'),
    close: library.func('int close(int)'),
    read: library.func('intptr_t read(int, uintptr_t, size_t)'),
    fstatfs: library.func('int fstatfs(int, uintptr_t)'),
    fchdir: library.func('int fchdir(int)'),
    unshare: library.func('int unshare(int)'),
    inotifyInit: library.func('int inotify_init1(int)'),
    inotifyAddWatch: library.func('int inotify_add_watch(int, uintptr_t, uint32_t)'),
    inotifyRemoveWatch: library.func('int inotify_rm_watch(int, int)'),
  } as unknown as LibcFunctions
  return {
    ...functions,
    openat2: findOpenat2(library, numbers),
    getdents64: findGetdents64(library, numbers),
    statx: findStatx(library, numbers),
    errno: () => koffi.errno(),
    allocate: (size) => allocate(size, (bytes) => koffi.address(bytes)),
    poll: (fd, onReadable) => createPoll(koffi, fd, onReadable),
  }
}

/** The libc of this process, for those who need functions that {@link Libc} does not have. */
export function openLibrary(): { readonly koffi: typeof Koffi; readonly library: Library } {
  const koffi = loadKoffi()
  return { koffi, library: koffi.load(null) }
}

type LibcFunctions = Omit<Libc, 'openat2' | 'getdents64' | 'statx' | 'errno' | 'allocate' | 'poll'>

/** No libc has a function for it yet. */
function findOpenat2(library: Library, numbers: SyscallNumbers): Libc['openat2'] {
  const call: SystemCall = library.func('long syscall(long, int, uintptr_t, uintptr_t, size_t)')
  return (directory, path, how, size) => call(numbers.openat2, directory, path, how, size)
}

/** glibc has it since 2.30; musl under a name that it hides. */
function findGetdents64(library: Library, numbers: SyscallNumbers): Libc['getdents64'] {
  try {
    return library.func('intptr_t getdents64(int, uintptr_t, size_t)') as Libc['getdents64']
  } catch {
    const call: SystemCall = library.func('long syscall(long, int, uintptr_t, size_t)')
    return (fd, into, length) => call(numbers.getdents64, fd, into, length)
  }
}

/** glibc has it since 2.28, musl since 1.2.6. */
function findStatx(library: Library, numbers: SyscallNumbers): Libc['statx'] {
  try {
    return library.func('int statx(int, uintptr_t, int, unsigned int, uintptr_t)') as Libc['statx']
  } catch {
    const call: SystemCall = library.func(
      'long syscall(long, int, uintptr_t, int, long, uintptr_t)',
    )
    return (directory, path, flags, mask, into) =>
      call(numbers.statx, directory, path, flags, mask, into)
  }
}

type SystemCall = (...parameters: readonly number[]) => number

function createPoll(koffi: typeof Koffi, fd: number, onReadable: () => void): Poll {
  keepLoaded(koffi)
  const handle = koffi.node.poll(fd, { readable: true }, onReadable)
  handle.stop()
  return {
    start: () => handle.start({ readable: true }, onReadable),
    stop: () => handle.stop(),
    close: () => handle.close(),
  }
}
