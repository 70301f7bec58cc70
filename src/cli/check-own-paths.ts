import { accessSync, constants, lstatSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, relative } from 'node:path'

import { ClsyncError, errnoOf } from '../errors.ts'
import { inWords } from './errno-words.ts'

/** This process; undefined where there are no users. */
export interface User {
  readonly uid: number
  readonly gid: number
}

/** Permission bits of `st_mode` that let others write. */
const GROUP_WRITE = 0o020
const OTHER_WRITE = 0o002

/**
 * Checks the directory for list files: whoever else can write there could put another list in
 * place of ours before the script reads it.
 *
 * @param watchDir - must not be the list directory or in it: lists would be told as changes
 * @throws ClsyncError `usage`
 */
export function checkListsDir(path: string, watchDir: string, user: User | undefined): void {
  const what = `cannot write lists to ${path}`
  const stats = look(path)
  if (stats === undefined) {
    throw refused(`${what}: it does not exist`, `create it: mkdir -m 700 ${path}`)
  }
  if (stats.isSymbolicLink()) {
    throw refused(`${what}: it is a symbolic link`, 'give what it points to')
  }
  if (!stats.isDirectory()) throw refused(`${what}: it is not a directory`, 'give a directory')
  if (!isOursOrRoots(stats, user)) {
    throw refused(`${what}: it belongs to another user (${stats.uid})`, 'give one of your own')
  }
  if (isOpenToOthers(stats, user)) {
    throw refused(`${what}: others may write there too`, `close it: chmod go-w ${path}`)
  }
  allowWriting(path, what)
  if (isSame(stats, follow(watchDir)) || holds(path, watchDir)) {
    throw refused(`${what}: it is or holds the watch directory`, 'give a directory of its own')
  }
}

function isOursOrRoots({ uid }: Stats, user: User | undefined): boolean {
  return user === undefined || uid === user.uid || uid === 0
}

/** The user's own group may write: it is often a group of this user alone. */
function isOpenToOthers({ mode, uid, gid }: Stats, user: User | undefined): boolean {
  if ((mode & OTHER_WRITE) !== 0) return true
  const isOurs = user === undefined || (uid === user.uid && gid === user.gid)
  return (mode & GROUP_WRITE) !== 0 && !isOurs
}

function isSame(one: Stats, other: Stats | undefined): boolean {
  return one.dev === other?.dev && one.ino === other.ino
}

function holds(above: string, below: string): boolean {
  const way = relative(realpathSync(above), realpathSync(below))
  return way !== '..' && !way.startsWith('../')
}

/**
 * Checks that the database can be there. What is in it is checked when it is opened.
 *
 * @throws ClsyncError `usage`
 */
export function checkDatabase(path: string, user: User | undefined): void {
  const what = `cannot use ${path} as database`
  const directory = follow(dirname(path))
  if (directory === undefined) {
    throw refused(
      `${what}: its directory does not exist`,
      `create it: mkdir -m 700 ${dirname(path)}`,
    )
  }
  if (!directory.isDirectory()) {
    throw refused(`${what}: ${dirname(path)} is not a directory`, 'give a file in a directory')
  }
  const file = look(path)
  if (file?.isDirectory()) throw refused(`${what}: it is a directory`, 'give a file')
  if (file?.isSymbolicLink() && !isOursOrRoots(file, user)) {
    throw refused(`${what}: it is a symbolic link that belongs to somebody else`, 'remove it')
  }
  allowWriting(dirname(path), what)
}

/** Looks at the path itself; undefined where there is nothing. */
function look(path: string): Stats | undefined {
  return unlessMissing(path, () => lstatSync(path))
}

/** Looks at what the path leads to. */
function follow(path: string): Stats | undefined {
  return unlessMissing(path, () => statSync(path))
}

function unlessMissing(path: string, stat: () => Stats): Stats | undefined {
  try {
    return stat()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw refused(`cannot look at ${path}: ${inWords(error)}`, 'give another path')
  }
}

function allowWriting(directory: string, what: string): void {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw refused(`${what}: ${inWords(error)}`, `clsync must be allowed to write to ${directory}`)
  }
}

function refused(what: string, hint: string): ClsyncError {
  return new ClsyncError('usage', what, { hint })
}
