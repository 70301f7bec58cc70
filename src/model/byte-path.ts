import { isUtf8 } from 'node:buffer'

import type { BytePath } from './glossary.ts'

/** Returns the exact bytes of a path. */
export function toBytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1')
}

/** Reads exact bytes as a path. */
export function fromBytes(bytes: Uint8Array): BytePath {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Reads an ordinary string (UTF-16, as Node and command lines have it) as a path. */
export function fromText(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** Returns the path as an ordinary string; bytes that are not UTF-8 become U+FFFD. */
export function toText(path: BytePath): string {
  return toBytes(path).toString('utf8')
}

/** Says whether the path survives the way through an ordinary string, a script argument for example. */
export function isText(path: BytePath): boolean {
  return isUtf8(toBytes(path))
}

/** Returns the path for people: one line, control characters and foreign bytes escaped as `\xNN`. */
export function display(path: BytePath): string {
  if (path === '') return '.'
  const text = isText(path) ? toText(path) : path.replace(/[\x80-\xff]/g, escapeByte)
  return text.replace(/[\x00-\x1f\x7f]/g, escapeByte)
}

function escapeByte(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
}

/** Joins a directory and a name or path below it; the watch directory is `''`. */
export function join(directory: BytePath, name: BytePath): BytePath {
  return directory === '' ? name : `${directory}/${name}`
}

/** Returns the directory a path is in, `''` for names at the top. */
export function parentOf(path: BytePath): BytePath {
  const slash = path.lastIndexOf('/')
  return slash === -1 ? '' : path.slice(0, slash)
}

/** Returns the last name of a path. */
export function nameOf(path: BytePath): BytePath {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Says whether `path` is `directory` or lies below it. */
export function isWithin(path: BytePath, directory: BytePath): boolean {
  if (directory === '' || path === directory) return true
  return path.startsWith(directory) && path.charCodeAt(directory.length) === SLASH
}

const SLASH = 0x2f
