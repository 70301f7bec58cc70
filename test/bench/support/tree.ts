import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'

/** Subdirectories of a directory. */
const FANOUT = 10

/**
 * Makes a tree of so many directories (the root is not counted) with the files spread evenly.
 * Returns the directories; the last ones are the deepest.
 */
export function makeTree(root: string, directories: number, files: number): readonly string[] {
  mkdirSync(root)
  const made = [root]
  for (let index = 0; index < directories; index++) {
    const path = `${made[Math.floor(index / FANOUT)]}/dir${index}`
    mkdirSync(path)
    made.push(path)
  }
  made.shift()
  for (let index = 0; index < files; index++) {
    writeNew(`${made[index % made.length] ?? root}/file${index}.txt`, 'x')
  }
  return made
}

/** Makes a file; the cheapest way there is, so that the maker does not hold up what is measured. */
export function writeNew(path: string, content: string): void {
  const descriptor = openSync(path, 'w')
  writeSync(descriptor, content)
  closeSync(descriptor)
}
