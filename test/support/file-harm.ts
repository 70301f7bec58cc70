import {
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'

/** What people, programs and disks do to a file that is somebody else's. */
export type Harm = (path: string) => void

export const remove: Harm = (path) => rmSync(path)

/** As restoring a backup does. */
export const replace: Harm = (path) => {
  copyFileSync(path, `${path}.copy`)
  renameSync(`${path}.copy`, path)
}

/** Leaves a few pages. */
export const cutOff: Harm = (path) => truncateSync(path, 9_000)

/**
 * Some pages, as `dd conv=notrunc` does: at the beginning, since what is further on in a log may be
 * old, and in the middle, since the log may have the first pages of a database.
 */
export const overwrite: Harm = (path) => {
  const bytes = readFileSync(path)
  for (const from of [9_000, Math.floor(bytes.length / 2)]) {
    bytes.fill('garbage', from, Math.min(from + 9_000, bytes.length))
  }
  writeFileSync(path, bytes, { flag: 'r+' })
}
