import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

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
    return readRegular(file)
  } catch (error) {
    throw new ClsyncError('usage', `rules file ${file} cannot be read: ${describe(error)}`, {
      hint: 'it has to be a regular file that clsync may read',
      cause: error,
    })
  }
}

/** A pipe would be waited for, and a device may never end. */
function readRegular(file: string): string {
  const opened = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!fstatSync(opened).isFile()) throw new Error('it is not a regular file')
    return readFileSync(opened, 'utf8')
  } finally {
    closeSync(opened)
  }
}
