import type { BytePath } from '../model/glossary.ts'
import { display } from '../model/byte-path.ts'

/** A failed system call, with the properties that Node's own errors have. */
export interface SystemError extends Error {
  /** `errno` name, `ENOENT`. */
  readonly code: string
}

/** Makes the error of a system call on a path. */
export function systemError(code: string, call: string, path: BytePath): SystemError {
  return Object.assign(new Error(`${code}: ${call} ${display(path)}`), { code })
}
