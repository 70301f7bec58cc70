import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'

/** Bytes of a first line that are worth showing. */
const LONGEST_BEGIN = 128

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Says whether the file is there and has no content. */
export function isEmpty(file: string): boolean {
  try {
    return statSync(file).size === 0
  } catch {
    return false
  }
}

/**
 * Says whether the kernel can start the file: `#!`, or the magic number of elf(5). Others some shells
 * read themselves, and never become another process.
 */
export function isProgram(file: string): boolean {
  const begin = beginOf(file).toString('latin1')
  return begin.startsWith('#!') || begin.startsWith('\x7fELF')
}

/** The first line, or as much of it as is worth showing. */
export function firstLineOf(file: string): Buffer {
  const begin = beginOf(file)
  const newline = begin.indexOf(0x0a)
  return newline === -1 ? begin : begin.subarray(0, newline)
}

/** Nothing of a file that cannot be read. */
function beginOf(file: string): Buffer {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, 'r')
    const begin = Buffer.alloc(LONGEST_BEGIN)
    return begin.subarray(0, readSync(descriptor, begin))
  } catch {
    return Buffer.alloc(0)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
