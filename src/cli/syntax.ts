import { type Flag, FLAGS } from './flags.ts'

/** Returns what `clsync` alone says, in the shape that the seed gave it. */
export function syntaxText(): string {
  return [
    'syntax: clsync [flags] <watch dir> <action script> [file with rules regexps]',
    'possible flags:',
    ...FLAGS.map(flagLine),
    '',
  ].join('\n')
}

function flagLine({ name, short }: Flag): string {
  return short === undefined ? `\t--${name}` : `\t--${name.padEnd(24)}-${short}`
}
