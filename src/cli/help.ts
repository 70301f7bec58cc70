import { type Flag, FLAGS, GROUPS } from './flags.ts'
import { syntaxText } from './syntax.ts'

const NARROWEST = 60
const WIDEST = 100

const OPERANDS = `
"watch dir"                - what dir to recursively watch for events
"action script"            - path to script, that will be executed to process events
"file with rules regexps"  - file with regexps of what files/dirs to watch
`

const SIGNALS = `
SIGTERM and SIGINT stop: running scripts get ten seconds, then they are ended; a second one stops at
once and leaves them running. SIGHUP rereads the rules, SIGUSR1 starts an audit.
Exit codes: 0 stopped, 1 failed, 2 wrong usage or cannot start.
`

/** yargs takes a digit for a name; it is a letter like the others. */
const DIGIT_AS_NAME = '    --null, --0'
const DIGIT_AS_LETTER = '-0, --null     '

/**
 * Returns the syntax and what every flag does. Loads yargs, which lays it out; nothing else needs
 * it, so that a daemon does not start later for the sake of its help.
 *
 * @param columns - width of the terminal, if there is one
 */
export async function helpText(columns: number = 80): Promise<string> {
  const { default: yargs } = await import('yargs')
  const layout = yargs([])
    .scriptName('clsync')
    .usage('')
    .locale('en')
    .help(false)
    .version(false)
    .wrap(Math.min(Math.max(columns, NARROWEST), WIDEST))
  for (const group of GROUPS) {
    for (const flag of FLAGS.filter((candidate) => candidate.group === group)) {
      layout.option(shown(flag), {
        group: `${group}:`,
        describe: flag.explained,
        alias: aliases(flag),
      })
    }
  }
  const flags = (await layout.getHelp()).trim().replace(DIGIT_AS_NAME, DIGIT_AS_LETTER)
  return `${syntaxText()}${OPERANDS}\n${flags}\n${SIGNALS}`
}

function shown(flag: Flag): string {
  if (flag.value === undefined) return flag.name
  return flag.times === 'optional' ? `${flag.name} [${flag.value}]` : `${flag.name} <${flag.value}>`
}

function aliases({ short, alias }: Flag): string[] {
  return [short, alias].filter((name) => name !== undefined)
}
