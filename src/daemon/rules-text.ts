import { readFileSync } from 'node:fs'

import { ClsyncError, describe } from '../errors.ts'

/** Throws ClsyncError `usage` for rules that are wrong. */
export type CheckRules = (text: string, file: string) => unknown

/** Loads what checks rules only where there are some: it costs a tenth of the start. */
export async function loadRulesCheck(file: string | undefined): Promise<CheckRules> {
  if (file === undefined) return () => undefined
  const { parseRules } = await import('../rules/rules.ts')
  return parseRules
}

/**
 * Returns the text of the rules file after checking it, for the watch thread.
 *
 * @throws ClsyncError `usage` when it cannot be read or is wrong
 */
export function readRules(file: string | undefined, check: CheckRules): string | undefined {
  if (file === undefined) return undefined
  const text = readText(file)
  check(text, file)
  return text
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ClsyncError('usage', `rules file ${file} cannot be read: ${describe(error)}`, {
      hint: 'clsync must be allowed to read it',
      cause: error,
    })
  }
}
