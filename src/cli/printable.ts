/**
 * What could steer a terminal or forge a log line: control characters of both sets, line and
 * paragraph separators, and the characters that turn the direction of writing.
 */
const DANGEROUS = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Returns the text as one line that is safe to print: `\x1b`, `\u202e`. */
export function printable(text: string): string {
  return text.replace(DANGEROUS, escape)
}

/** Returns the value as one line of JSON that is safe to print as well. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(DANGEROUS, escapeAsUnicode)
}

function escape(char: string): string {
  const code = char.charCodeAt(0)
  return code > 0xff ? escapeAsUnicode(char) : `\\x${code.toString(16).padStart(2, '0')}`
}

function escapeAsUnicode(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}
