/** Numbers of the system calls that not every libc has a function for (`asm/unistd.h`). */
export interface SyscallNumbers {
  readonly getdents64: number
  readonly statx: number
  readonly openat2: number
}

/** New system calls have the same number everywhere since Linux 5.1. */
const OPENAT2 = 437

const BY_ARCHITECTURE: Readonly<Record<string, SyscallNumbers>> = {
  x64: { getdents64: 217, statx: 332, openat2: OPENAT2 },
  ia32: { getdents64: 220, statx: 383, openat2: OPENAT2 },
  arm: { getdents64: 217, statx: 397, openat2: OPENAT2 },
  arm64: { getdents64: 61, statx: 291, openat2: OPENAT2 },
  riscv64: { getdents64: 61, statx: 291, openat2: OPENAT2 },
  loong64: { getdents64: 61, statx: 291, openat2: OPENAT2 },
  ppc64: { getdents64: 202, statx: 383, openat2: OPENAT2 },
  s390x: { getdents64: 220, statx: 379, openat2: OPENAT2 },
}

/** The kernel answers ENOSYS. */
const UNKNOWN: SyscallNumbers = { getdents64: -1, statx: -1, openat2: -1 }

/** Returns the numbers for a `process.arch`. */
export function syscallNumbers(architecture: string): SyscallNumbers {
  return BY_ARCHITECTURE[architecture] ?? UNKNOWN
}
