import { isText, toBytes, toText } from '../model/byte-path.ts'
import type { BytePath } from '../model/glossary.ts'

/** A program and its arguments, as Node can hand them over. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
}

/**
 * Node's arguments are text and cannot carry bytes that are not UTF-8. So a shell makes the last
 * argument from its octal escapes and becomes the script: same process, nothing interpreted but
 * digits. The dot keeps newlines at the end of the path, which `$()` would cut off.
 */
const EXEC_WITH_BYTES = 'path=$(printf "$1"); shift; exec "$@" "${path%.}"'

/** Returns how to call the script with some words and, last, a path of any bytes. */
export function scriptCommand(script: string, words: readonly string[], path: BytePath): Command {
  if (isText(path)) return { file: script, args: [...words, toText(path)] }
  const escapes = `${Array.from(toBytes(path), escapeOctal).join('')}.`
  return { file: '/bin/sh', args: ['-c', EXEC_WITH_BYTES, 'clsync', escapes, script, ...words] }
}

function escapeOctal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, '0')}`
}
