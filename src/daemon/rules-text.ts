import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

import { ClsyncError, describe } from '../errors.ts'
import { parseRules } from '../rules/rules.ts'

/** Throws ClsyncError `usage` for rules that are wrong. */
export function checkRules(text: string, file: string): void {
  parseRules(text, file)
}

/**
 * Returns the text of the rules file after checking it, for the watch thread.
 *
 * @throws ClsyncError `usage` when it cannot be read or is wrong
 */
export function readRules(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  const text = readRulesText(file)
  checkRules(text, file)
  return text
}

/** Returns it unchecked. @throws ClsyncError `usage` when it cannot be read */
export function readRulesText(file: string): string {
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
