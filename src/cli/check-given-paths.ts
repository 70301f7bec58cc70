import { accessSync, constants, readFileSync, type Stats, statSync } from 'node:fs'

import { checkRules } from '../daemon/rules-text.ts'
import { ClsyncError } from '../errors.ts'
import { inWords } from './errno-words.ts'

/**
 * Checks that the watch directory can be read and searched.
 *
 * @throws ClsyncError `usage`
 */
export function checkWatchDir(path: string): void {
  const what = `cannot watch ${path}`
  const stats = look(path, what, 'give an existing directory as first argument')
  if (!stats.isDirectory()) {
    throw new ClsyncError('usage', `${what}: it is not a directory`, {
      hint: 'first comes the directory, then the script; for a single file give its directory, and rules',
    })
  }
  const { R_OK, X_OK } = constants
  allow(path, R_OK | X_OK, what, 'clsync must be allowed to read and to search it (r-x)')
}

/** Checks that the action script can be executed. Throws ClsyncError `usage`. */
export function checkScript(path: string): void {
  const what = `cannot run the action script ${path}`
  const stats = look(path, what, 'give its path, $PATH is not searched')
  if (!stats.isFile()) {
    const kind = stats.isDirectory() ? 'a directory' : 'not a regular file'
    throw new ClsyncError('usage', `${what}: it is ${kind}`, { hint: 'give an executable file' })
  }
  allow(path, constants.X_OK, what, `make it executable: chmod +x ${path}`)
}

/**
 * Checks that the rules file can be read and has no mistakes.
 *
 * @throws ClsyncError `usage`
 */
export function checkRulesFile(path: string): void {
  const what = `cannot read the rules file ${path}`
  const stats = look(path, what, 'the rules file is the third argument; it may be left away')
  if (!stats.isFile()) {
    const kind = stats.isDirectory() ? 'a directory' : 'not a regular file'
    throw new ClsyncError('usage', `${what}: it is ${kind}`, {
      hint: 'give a file that can be read again on SIGHUP',
    })
  }
  checkRules(read(path, what), path)
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ClsyncError('usage', `${what}: ${inWords(error)}`, {
      hint: 'clsync must be allowed to read it',
      cause: error,
    })
  }
}

function look(path: string, what: string, hint: string): Stats {
  try {
    return statSync(path)
  } catch (error) {
    throw new ClsyncError('usage', `${what}: ${inWords(error)}`, {
      hint: path.includes('\ufffd') ? 'names on the command line have to be UTF-8' : hint,
      cause: error,
    })
  }
}

function allow(path: string, mode: number, what: string, hint: string): void {
  try {
    accessSync(path, mode)
  } catch (error) {
    throw new ClsyncError('usage', `${what}: ${inWords(error)}`, { hint, cause: error })
  }
}
